package thing;

/**
 * What classes extend whose objects remember the row that they were loaded with. A save then writes the fields that differ
 * from that row and no others, and reads nothing first. Objects of other classes, and records, are compared with the row
 * that is in the database when they are saved.
 *
 * <p>One that was saved, deleted or restored in a transaction that is taken back is as it was before: new again, or changed
 * again; what was set in it since stays.
 *
 * <p>Objects of an Entity belong to one thread at a time.
 */
public abstract class Entity {
  private static final byte[] NOTHING = {};

  // Transient for those who make text of all fields of an object.
  private transient byte[] batch;
  private transient int row;
  private transient byte[] before; // alone in a batch, what the last save was laid over; NOTHING: a new row; null: no save
  private transient boolean deleted;
  private transient Past past; // of the transaction that wrote it last; null: none, or it was read since

  /** What it remembers, to go back to it. */
  record Kept(byte[] batch, int row, byte[] before, boolean deleted, Past past) {}

  /** A new object, which no row stands for. */
  protected Entity() {}

  /**
   * Whether it was neither loaded nor saved.
   *
   * @return true for one that a save would insert
   */
  public final boolean isNew() {
    return batch == null;
  }

  /**
   * Whether its row was deleted by it, softly too.
   *
   * @return true from then on, until it is restored
   */
  public final boolean isDeleted() {
    return deleted;
  }

  /** Remembers the row it was loaded with. */
  final void loaded(byte[] bytes, int index) {
    batch = bytes;
    row = index;
    before = null;
    deleted = false;
    past = null;
  }

  /** Remembers the row it was saved as, alone in a batch, and what the save was laid over; null: nothing. */
  final void saved(byte[] bytes, byte[] base) {
    loaded(bytes, 0);
    before = base == null ? NOTHING : base;
  }

  final void deleted(byte[] bytes) {
    loaded(bytes, 0);
    deleted = true;
  }

  /** The row as loaded, alone in a batch; null for a new object. */
  final byte[] loadedRow(boolean[] inHeap) {
    if (batch == null) {
      return null;
    }
    Packed packed = new Packed(batch, batch.length);
    return packed.rows() == 1 ? batch : packed.row(row).single(inHeap);
  }

  final Past past() {
    return past;
  }

  final void writtenIn(Past transaction) {
    past = transaction;
  }

  final Kept keep() {
    return new Kept(batch, row, before, deleted, past);
  }

  final void goBack(Kept kept) {
    batch = kept.batch;
    row = kept.row;
    before = kept.before;
    deleted = kept.deleted;
    past = kept.past;
  }

  /** Whether a save made it what it is. */
  final boolean wasSaved() {
    return before != null;
  }

  /** What the last save was laid over; null: a new row. */
  final byte[] rowBefore() {
    return before == NOTHING ? null : before;
  }
}
