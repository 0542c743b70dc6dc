package thing;

import java.lang.ref.WeakReference;

/**
 * What an object was before a write: the row that it remembered, and the values that the write made others of. It does not
 * hold the object.
 */
final class Earlier<T> extends WeakReference<T> {
  private Entity.Kept kept; // null: of no Entity
  private Differences values;

  Earlier(T object, Entity.Kept kept, Differences values) {
    super(object);
    this.kept = kept;
    this.values = values;
  }

  /** Takes the write back, unless the object was read or written elsewhere since. */
  void undo(Past past) {
    T object = get();
    if (object == null) {
      return;
    }
    if (object instanceof Entity entity) {
      if (entity.past() != past) {
        return;
      }
      entity.goBack(kept);
    }
    values.undo(object);
  }

  /** Stands for a later write of the same object too. */
  void follow(Earlier<?> later, Past past) {
    if (later.kept != null && later.kept.past() != past) { // it was read or written elsewhere between the two
      kept = later.kept;
      values = later.values;
    } else {
      values = values.followedBy(later.values);
    }
  }
}
