package thing;

/** How a field is compared; docs/reference/criteria.md. */
public enum Op {
  /** Equal; null is NULL. */
  EQ("equals"),
  /** Not equal; null is "not NULL". */
  NE("not"),
  /** Less. */
  LT("lt"),
  /** Less or equal. */
  LE("lte"),
  /** Greater. */
  GT("gt"),
  /** Greater or equal. */
  GE("gte"),
  /** One of a list. */
  IN("in"),
  /** None of a list. */
  NOT_IN("notIn"),
  /** Both ends included: a list of two. */
  BETWEEN("between"),
  /** The text is in it. */
  CONTAINS("contains"),
  /** It begins with the text. */
  STARTS_WITH("startsWith"),
  /** It ends with the text. */
  ENDS_WITH("endsWith"),
  /** An element of the list is the value. */
  HAS("has"),
  /** Each of the values is an element. */
  HAS_EVERY("hasEvery"),
  /** One of the values is an element. */
  HAS_SOME("hasSome"),
  /** The list has no elements: true or false. */
  IS_EMPTY("isEmpty");

  final String key;

  Op(String key) {
    this.key = key;
  }
}
