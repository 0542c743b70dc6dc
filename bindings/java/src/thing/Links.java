package thing;

/**
 * What a change of links did.
 *
 * @param added how many rows belong to the object that did not
 * @param removed how many rows do not any more
 */
public record Links(long added, long removed) {}
