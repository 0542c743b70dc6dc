package app;

import thing.Model;
import thing.Thing;

/** Writes and reads a row. */
public final class Main {
  private Main() {}

  @Model
  record Cat(long id, String name) {}

  /**
   * Runs it.
   *
   * @param arguments none
   */
  public static void main(String[] arguments) {
    try (Thing db = Thing.open("sqlite::memory:").register(Cat.class)) {
      db.sync();
      Cat tom = db.repo(Cat.class).insert(new Cat(0, "Tom"));
      System.out.println(db.repo(Cat.class).where(Cat::name, "Tom").sole().equals(tom));
      System.out.println(Thing.class.getModule());
    }
  }
}
