package thing;

import java.io.Serializable;
import java.util.function.Function;

/**
 * A reference to the accessor of a member, which stands for its field where a query wants a name: {@code User::name}, or
 * {@code User::getName}.
 *
 * @param <T> the class
 * @param <V> the type of the member
 */
@FunctionalInterface
public interface Getter<T, V> extends Function<T, V>, Serializable {}
