package thing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** A method without parameters, or with one HookCall, that runs at events of objects of its class. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface On {
  /**
   * The events.
   *
   * @return them
   */
  Event[] value();

  /**
   * Whether what it throws from an after event fails the write.
   *
   * @return whether it does
   */
  boolean mayFail() default false;
}
