package thing;

import java.util.List;
import java.util.Optional;

/**
 * A part of a long list.
 *
 * @param items the objects
 * @param next the token of the page behind them, for {@link Query#after}; empty on the last one
 * @param <T> their class
 */
public record Page<T>(List<T> items, Optional<String> next) {}
