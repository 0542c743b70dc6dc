import thing.NotFoundException;
import thing.Session;
import thing.Thing;
import thing.ThingException;

/**
 * What the examples have in common: they print what they do, and end with an exception when something fails or is not as
 * expected. They print what those in examples/c print.
 */
final class Show {
  private Show() {}

  /** Opens the database of the first argument, or one in memory, with the tables of some classes. */
  static Thing open(String[] arguments, Class<?>... types) {
    Thing db = Thing.open(arguments.length > 0 ? arguments[0] : "sqlite::memory:");
    db.register(types).sync();
    return db;
  }

  /** Prints what was found. */
  static void expect(String found, String expected) {
    System.out.println("  " + found);
    require(found.equals(expected), expected);
  }

  static void require(boolean holds, String expected) {
    if (!holds) {
      throw new IllegalStateException("expected " + expected);
    }
  }

  /** Runs an action, whose answer has to be as expected. */
  static void act(Session where, String model, String action, String arguments, String expected) {
    System.out.println(model + " " + action + " " + arguments);
    String answer;
    try {
      answer = where.call(model, action, arguments);
    } catch (NotFoundException e) {
      answer = "not found";
    }
    expect(answer, expected);
  }

  /** Runs an action that fails with a message that begins so. */
  static void refuse(Session where, String model, String action, String arguments, String expected) {
    System.out.println(model + " " + action + " " + arguments);
    String message = "no error";
    try {
      where.call(model, action, arguments);
    } catch (ThingException | IllegalStateException e) {
      message = e.getMessage();
    }
    System.out.println("  " + message);
    require(message.startsWith(expected), expected);
  }
}
