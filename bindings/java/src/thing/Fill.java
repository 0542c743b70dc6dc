package thing;

import static thing.raw.RawConstants.THING_FILL_IF_ABSENT;
import static thing.raw.RawConstants.THING_FILL_STRICT;

/** How {@link Repo#fill} takes input from outside. */
public enum Fill {
  /** A field that may not be filled is an error, not left out. */
  STRICT(THING_FILL_STRICT),
  /** Only fields that are unset or NULL. */
  IF_ABSENT(THING_FILL_IF_ABSENT);

  private final int flag;

  Fill(int flag) {
    this.flag = flag;
  }

  static int flags(Fill... how) {
    int flags = 0;
    for (Fill each : how) {
      flags |= each.flag;
    }
    return flags;
  }
}
