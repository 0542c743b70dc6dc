package thing;

/**
 * What classes extend whose objects remember the row that they were loaded with. A save then writes the fields that differ
 * from that row and no others, and reads nothing first. Objects of other classes, and records, are compared with the row
 * that is in the database when they are saved.
 *
 * <p>Objects of an Entity belong to one thread at a time.
 */
public abstract class Entity {
  private byte[] batch;
  private int row;

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

  /** Remembers the row it was loaded with or saved as. */
  final void loaded(byte[] bytes, int index) {
    batch = bytes;
    row = index;
  }

  /** The row as loaded, alone in a batch; null for a new object. */
  final byte[] loadedRow(boolean[] inHeap) {
    if (batch == null) {
      return null;
    }
    Packed packed = new Packed(batch, batch.length);
    return packed.rows() == 1 ? batch : packed.row(row).single(inHeap);
  }
}
