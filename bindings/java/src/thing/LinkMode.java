package thing;

import static thing.raw.RawConstants.*;

/** What {@link Repo#link(Object, String, LinkMode, java.util.Collection, java.util.Map)} does with the rows it is given. */
public enum LinkMode {
  /** They belong to the object. */
  ADD(THING_LINK_ADD),
  /** They do no longer. */
  REMOVE(THING_LINK_REMOVE),
  /** They and no others belong to it. */
  SET(THING_LINK_SET),
  /** Those that did belong do no longer, the others do. */
  TOGGLE(THING_LINK_TOGGLE);

  final int mode;

  LinkMode(int mode) {
    this.mode = mode;
  }
}
