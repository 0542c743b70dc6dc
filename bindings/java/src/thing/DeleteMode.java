package thing;

/** How rows are deleted. */
public enum DeleteMode {
  /** Softly when the model has soft delete. */
  DEFAULT,
  /** Softly. */
  SOFT,
  /** For good. */
  HARD
}
