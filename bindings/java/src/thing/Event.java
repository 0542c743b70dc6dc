package thing;

import static thing.raw.RawConstants.*;

/** What hooks hear of, in the order of docs/guide/hooks.md. */
public enum Event {
  /** Before save. */
  BEFORE_SAVE(THING_ON_BEFORE_SAVE),
  /** After save. */
  AFTER_SAVE(THING_ON_AFTER_SAVE),
  /** Before create. */
  BEFORE_CREATE(THING_ON_BEFORE_CREATE),
  /** After create. */
  AFTER_CREATE(THING_ON_AFTER_CREATE),
  /** Before update. */
  BEFORE_UPDATE(THING_ON_BEFORE_UPDATE),
  /** After update. */
  AFTER_UPDATE(THING_ON_AFTER_UPDATE),
  /** Before delete. */
  BEFORE_DELETE(THING_ON_BEFORE_DELETE),
  /** After delete. */
  AFTER_DELETE(THING_ON_AFTER_DELETE),
  /** After load. */
  AFTER_LOAD(THING_ON_AFTER_LOAD),
  /** After commit. */
  AFTER_COMMIT(THING_ON_AFTER_COMMIT),
  /** After rollback. */
  AFTER_ROLLBACK(THING_ON_AFTER_ROLLBACK),
  /** Before restore. */
  BEFORE_RESTORE(THING_ON_BEFORE_RESTORE),
  /** After restore. */
  AFTER_RESTORE(THING_ON_AFTER_RESTORE),
  /** Before soft delete. */
  BEFORE_SOFT_DELETE(THING_ON_BEFORE_SOFT_DELETE),
  /** After soft delete. */
  AFTER_SOFT_DELETE(THING_ON_AFTER_SOFT_DELETE),
  /** Before hard delete. */
  BEFORE_HARD_DELETE(THING_ON_BEFORE_HARD_DELETE),
  /** After hard delete. */
  AFTER_HARD_DELETE(THING_ON_AFTER_HARD_DELETE);

  private static final Event[] ALL = values();
  final int bit;

  Event(int bit) {
    this.bit = bit;
  }

  boolean isBefore() {
    return name().startsWith("BEFORE");
  }

  static Event of(int bit) {
    for (Event event : ALL) {
      if (event.bit == bit) {
        return event;
      }
    }
    throw new IllegalArgumentException("event " + bit);
  }

  static int bits(Event... events) {
    int bits = 0;
    for (Event event : events) {
      bits |= event.bit;
    }
    return bits;
  }
}
