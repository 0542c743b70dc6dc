package thing

// Conditions for Where. Each is a document as docs/reference/criteria.md has it, so M{"age": M{"gte": 18}} is one, too.

// Eq: the field equals the value; of nil, it is NULL.
func Eq(field string, value any) M { return M{field: value} }

// Ne: the field has another value; NULL is none.
func Ne(field string, value any) M { return M{field: M{"not": value}} }

// Lt: the field is less.
func Lt(field string, value any) M { return M{field: M{"lt": value}} }

// Lte: the field is less or equal.
func Lte(field string, value any) M { return M{field: M{"lte": value}} }

// Gt: the field is greater.
func Gt(field string, value any) M { return M{field: M{"gt": value}} }

// Gte: the field is greater or equal.
func Gte(field string, value any) M { return M{field: M{"gte": value}} }

// Between: both ends included.
func Between(field string, low, high any) M { return M{field: M{"between": []any{low, high}}} }

// In: the field is one of the values; of none, nothing matches.
func In[V any](field string, values ...V) M { return M{field: M{"in": listOf(values)}} }

// NotIn: the field is none of the values; of none, everything matches.
func NotIn[V any](field string, values ...V) M { return M{field: M{"notIn": listOf(values)}} }

// Contains: the text is in the field.
func Contains(field, text string) M { return M{field: M{"contains": text}} }

// StartsWith: the field begins with the text.
func StartsWith(field, text string) M { return M{field: M{"startsWith": text}} }

// EndsWith: the field ends with the text.
func EndsWith(field, text string) M { return M{field: M{"endsWith": text}} }

// IsNull: the field is NULL.
func IsNull(field string) M { return M{field: nil} }

// NotNull: the field is not NULL.
func NotNull(field string) M { return M{field: M{"not": nil}} }

// And: all of them hold.
func And(conditions ...M) M { return M{"AND": listOf(conditions)} }

// Or: one of them holds.
func Or(conditions ...M) M { return M{"OR": listOf(conditions)} }

// Not: the condition does not hold.
func Not(condition M) M { return M{"NOT": condition} }

// Any: a row of the relation fulfils the conditions; without conditions, there is a row.
func Any(relation string, conditions ...M) M { return M{relation: M{"some": all(conditions)}} }

// Every: no row of the relation fails to.
func Every(relation string, conditions ...M) M { return M{relation: M{"every": all(conditions)}} }

// NoneOf: no row of the relation fulfils the conditions.
func NoneOf(relation string, conditions ...M) M { return M{relation: M{"none": all(conditions)}} }

// Is: the one row of the relation fulfils the conditions.
func Is(relation string, conditions ...M) M { return M{relation: M{"is": all(conditions)}} }

// all is one document for several.
func all(conditions []M) M {
	switch len(conditions) {
	case 0:
		return M{}
	case 1:
		return conditions[0]
	}
	return And(conditions...)
}

func listOf[V any](values []V) []V {
	if values == nil {
		return []V{}
	}
	return values
}
