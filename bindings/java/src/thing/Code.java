package thing;

/** What came of a call: the statuses of thing.h, by their names. */
public enum Code {
  /** Done. */
  OK(0),
  /** A cursor has no more rows. */
  DONE(1),
  /** No such row; never stands for a failure. */
  NOT_FOUND(2),
  /** The field is NULL. */
  NULL(3),
  /** The field is unset, or was not selected. */
  MISSING(4),
  /** The buffer is too small, or THING_CTX_CACHE_ONLY met a miss. */
  MORE(5),
  /** A bug in the library. */
  E_INTERNAL(-1),
  /** An argument: NULL, bad UTF-8, unknown name, unknown key or operator. */
  E_INVALID(-2),
  /** A value of the wrong type for its field. */
  E_TYPE(-3),
  /** A value, count or length outside its limits. */
  E_RANGE(-4),
  /** Text that does not parse: JSON, URL, time, number, token. */
  E_SYNTAX(-5),
  /** A model document that is wrong. */
  E_MODEL(-6),
  /** The database lacks a table or column, or holds it differently. */
  E_SCHEMA(-7),
  /** A unique or primary key holds the value already. */
  E_UNIQUE(-8),
  /** A required field is NULL or unset. */
  E_NOT_NULL(-9),
  /** A referenced row is absent, or a row is still referenced. */
  E_FOREIGN_KEY(-10),
  /** A CHECK constraint, a rule of the model, or an enum value not in its list. */
  E_CHECK(-11),
  /** The row's version is not the loaded one: somebody saved it meanwhile. */
  E_CONFLICT(-12),
  /** The transaction lost against another: run it again. */
  E_SERIALIZATION(-13),
  /** A lock or a free connection did not come in time; or overlapping calls. */
  E_BUSY(-14),
  /** The deadline of the ctx passed. */
  E_TIMEOUT(-15),
  /** Thing_ctx_cancel was called. */
  E_CANCELLED(-16),
  /** The database can not be opened or reached, or the disk failed. */
  E_CONNECTION(-17),
  /** The database refused the user. */
  E_AUTH(-18),
  /** This database or this build can not do it. */
  E_UNSUPPORTED(-19),
  /** A write to a read-only database or transaction. */
  E_READONLY(-20),
  /** The db, transaction or cursor is closed. */
  E_CLOSED(-21),
  /** The handle is in the wrong state for the call. */
  E_STATE(-22),
  /** A hook or callback refused. */
  E_CALLBACK(-23),
  /** Out of memory; nothing was changed. */
  E_NOMEM(-24),
  /** The connection was lost during COMMIT: it may have happened. */
  E_COMMIT_UNKNOWN(-25),
  /** The shared cache could not be told of a write, which was not made. */
  E_CACHE_DOWN(-26);

  private static final Code[] ALL = values();
  private final int status;

  Code(int status) {
    this.status = status;
  }

  /**
   * The number that thing.h has for it.
   *
   * @return a thing_status
   */
  public int status() {
    return status;
  }

  static Code of(int status) {
    for (Code code : ALL) {
      if (code.status == status) {
        return code;
      }
    }
    return E_INTERNAL;
  }
}
