package thing

import (
	"testing"

	"thing/internal/raw"
)

// The numbers that are written down here are those of the header.
func TestConstantsAreThoseOfTheHeader(t *testing.T) {
	pairs := []struct {
		name         string
		here, header int
	}{
		{"ErrNotFound", int(ErrNotFound), raw.THING_NOT_FOUND}, {"ErrInternal", int(ErrInternal), raw.THING_E_INTERNAL},
		{"ErrInvalid", int(ErrInvalid), raw.THING_E_INVALID}, {"ErrType", int(ErrType), raw.THING_E_TYPE},
		{"ErrRange", int(ErrRange), raw.THING_E_RANGE}, {"ErrSyntax", int(ErrSyntax), raw.THING_E_SYNTAX},
		{"ErrModel", int(ErrModel), raw.THING_E_MODEL}, {"ErrSchema", int(ErrSchema), raw.THING_E_SCHEMA},
		{"ErrUnique", int(ErrUnique), raw.THING_E_UNIQUE}, {"ErrNotNull", int(ErrNotNull), raw.THING_E_NOT_NULL},
		{"ErrForeignKey", int(ErrForeignKey), raw.THING_E_FOREIGN_KEY}, {"ErrCheck", int(ErrCheck), raw.THING_E_CHECK},
		{"ErrConflict", int(ErrConflict), raw.THING_E_CONFLICT}, {"ErrSerialization", int(ErrSerialization), raw.THING_E_SERIALIZATION},
		{"ErrBusy", int(ErrBusy), raw.THING_E_BUSY}, {"ErrTimeout", int(ErrTimeout), raw.THING_E_TIMEOUT},
		{"ErrCancelled", int(ErrCancelled), raw.THING_E_CANCELLED}, {"ErrConnection", int(ErrConnection), raw.THING_E_CONNECTION},
		{"ErrAuth", int(ErrAuth), raw.THING_E_AUTH}, {"ErrUnsupported", int(ErrUnsupported), raw.THING_E_UNSUPPORTED},
		{"ErrReadOnly", int(ErrReadOnly), raw.THING_E_READONLY}, {"ErrClosed", int(ErrClosed), raw.THING_E_CLOSED},
		{"ErrState", int(ErrState), raw.THING_E_STATE}, {"ErrCallback", int(ErrCallback), raw.THING_E_CALLBACK},
		{"ErrNoMemory", int(ErrNoMemory), raw.THING_E_NOMEM}, {"ErrCommitUnknown", int(ErrCommitUnknown), raw.THING_E_COMMIT_UNKNOWN},
		{"ErrCacheDown", int(ErrCacheDown), raw.THING_E_CACHE_DOWN},
		{"statusDone", statusDone, raw.THING_DONE}, {"statusMore", statusMore, raw.THING_MORE},
		{"statusNoWrite", statusNoWrite, raw.THING_NOT_FOUND},
		{"typeBool", typeBool, raw.THING_TYPE_BOOL}, {"typeInt", typeInt, raw.THING_TYPE_INT},
		{"typeFloat", typeFloat, raw.THING_TYPE_FLOAT}, {"typeDecimal", typeDecimal, raw.THING_TYPE_DECIMAL},
		{"typeText", typeText, raw.THING_TYPE_TEXT}, {"typeBytes", typeBytes, raw.THING_TYPE_BYTES},
		{"typeDatetime", typeDatetime, raw.THING_TYPE_DATETIME}, {"typeDate", typeDate, raw.THING_TYPE_DATE},
		{"typeTime", typeTime, raw.THING_TYPE_TIME}, {"typeUUID", typeUUID, raw.THING_TYPE_UUID},
		{"typeJSON", typeJSON, raw.THING_TYPE_JSON}, {"typeEnum", typeEnum, raw.THING_TYPE_ENUM},
		{"fieldPrimary", fieldPrimary, raw.THING_FIELD_PRIMARY}, {"fieldNullable", fieldNullable, raw.THING_FIELD_NULLABLE},
		{"fieldGenerated", fieldGenerated, raw.THING_FIELD_GENERATED}, {"fieldDefaulted", fieldDefaulted, raw.THING_FIELD_DEFAULTED},
		{"fieldCreated", fieldCreated, raw.THING_FIELD_CREATED}, {"fieldUpdated", fieldUpdated, raw.THING_FIELD_UPDATED},
		{"fieldDeleted", fieldDeleted, raw.THING_FIELD_DELETED}, {"fieldVersion", fieldVersion, raw.THING_FIELD_VERSION},
		{"fieldList", fieldList, raw.THING_FIELD_LIST},
		{"belongsTo", belongsTo, raw.THING_BELONGS_TO}, {"hasMany", hasMany, raw.THING_HAS_MANY},
		{"manyToMany", manyToMany, raw.THING_MANY_TO_MANY},
		{"LinkAdd", int(LinkAdd), raw.THING_LINK_ADD}, {"LinkRemove", int(LinkRemove), raw.THING_LINK_REMOVE},
		{"LinkSet", int(LinkSet), raw.THING_LINK_SET}, {"LinkToggle", int(LinkToggle), raw.THING_LINK_TOGGLE},
		{"NoCacheRead", int(NoCacheRead), raw.THING_CTX_NO_CACHE_READ}, {"NoCacheWrite", int(NoCacheWrite), raw.THING_CTX_NO_CACHE_WRITE},
		{"WithDeleted", int(WithDeleted), raw.THING_CTX_WITH_DELETED}, {"OnlyDeleted", int(OnlyDeleted), raw.THING_CTX_ONLY_DELETED},
		{"NoHooks", int(NoHooks), raw.THING_CTX_NO_HOOKS},
		{"NoTimestamps", int(NoTimestamps), raw.THING_CTX_NO_TIMESTAMPS}, {"LockShare", int(LockShare), raw.THING_CTX_LOCK_SHARE},
		{"LockUpdate", int(LockUpdate), raw.THING_CTX_LOCK_UPDATE}, {"NoWait", int(NoWait), raw.THING_CTX_NOWAIT},
		{"SkipLocked", int(SkipLocked), raw.THING_CTX_SKIP_LOCKED}, {"NoCopies", int(NoCopies), raw.THING_CTX_NO_COPIES},
		{"Unscoped", int(Unscoped), raw.THING_CTX_UNSCOPED},
		{"OnBeforeSave", int(OnBeforeSave), raw.THING_ON_BEFORE_SAVE}, {"OnAfterSave", int(OnAfterSave), raw.THING_ON_AFTER_SAVE},
		{"OnBeforeCreate", int(OnBeforeCreate), raw.THING_ON_BEFORE_CREATE}, {"OnAfterCreate", int(OnAfterCreate), raw.THING_ON_AFTER_CREATE},
		{"OnBeforeUpdate", int(OnBeforeUpdate), raw.THING_ON_BEFORE_UPDATE}, {"OnAfterUpdate", int(OnAfterUpdate), raw.THING_ON_AFTER_UPDATE},
		{"OnBeforeDelete", int(OnBeforeDelete), raw.THING_ON_BEFORE_DELETE}, {"OnAfterDelete", int(OnAfterDelete), raw.THING_ON_AFTER_DELETE},
		{"OnAfterCommit", int(OnAfterCommit), raw.THING_ON_AFTER_COMMIT}, {"OnAfterRollback", int(OnAfterRollback), raw.THING_ON_AFTER_ROLLBACK},
		{"OnBeforeRestore", int(OnBeforeRestore), raw.THING_ON_BEFORE_RESTORE}, {"OnAfterRestore", int(OnAfterRestore), raw.THING_ON_AFTER_RESTORE},
		{"OnBeforeSoftDelete", int(OnBeforeSoftDelete), raw.THING_ON_BEFORE_SOFT_DELETE}, {"OnAfterSoftDelete", int(OnAfterSoftDelete), raw.THING_ON_AFTER_SOFT_DELETE},
		{"OnBeforeHardDelete", int(OnBeforeHardDelete), raw.THING_ON_BEFORE_HARD_DELETE}, {"OnAfterHardDelete", int(OnAfterHardDelete), raw.THING_ON_AFTER_HARD_DELETE},
		{"MayFail", int(MayFail), raw.THING_HOOK_MAY_FAIL},
		{"ReadCommitted", int(ReadCommitted), raw.THING_TX_READ_COMMITTED}, {"RepeatableRead", int(RepeatableRead), raw.THING_TX_REPEATABLE_READ},
		{"Serializable", int(Serializable), raw.THING_TX_SERIALIZABLE},
		{"read only", TxOptions{ReadOnly: true}.flags(), raw.THING_TX_READ_ONLY}, {"deferred", TxOptions{Deferred: true}.flags(), raw.THING_TX_DEFERRED},
		{"deleteSoft", deleteSoft, raw.THING_DELETE_SOFT}, {"deleteHard", deleteHard, raw.THING_DELETE_HARD},
		{"LogError", int(LogError), raw.THING_LOG_ERROR}, {"LogWarn", int(LogWarn), raw.THING_LOG_WARN},
		{"LogInfo", int(LogInfo), raw.THING_LOG_INFO}, {"LogDebug", int(LogDebug), raw.THING_LOG_DEBUG},
		{"LogArgs", int(LogArgs), raw.THING_LOG_ARGS}, {"statSQL", statSQL, raw.THING_STAT_SQL},
	}
	for _, p := range pairs {
		if p.here != p.header {
			t.Errorf("%s: found %d, expected %d", p.name, p.here, p.header)
		}
	}
}
