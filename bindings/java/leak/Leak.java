package thing;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import thing.raw.Raw;

/**
 * Does the same over and over and looks whether memory stays what it was, that of the process and that of Java. What leaks
 * grows all the time; what a virtual machine does besides does not. Prints TAP. Usage: Leak [TIMES], how often
 * the usual number of rounds is done.
 */
public final class Leak {
  private static final int PARTS = 6;
  private static final int LIST = 1000;
  private static final int HOLES = 1000;
  private static final long HOLES_FULL = 256 << 10;
  private static final long RESIDENT_ALLOWED = 192 << 10;
  private static final long FORGOTTEN_ALLOWED = 2 << 20; // some wait for the cleaner yet; those of a part are more than 20 MiB
  private static final long HEAP_ALLOWED = 64 << 10;

  record Note(long id, @Unique String text, @Nullable Integer number) {}

  @Model
  static class Paper extends Entity {
    @Id long id;
    String text;
    @Nullable Integer number;
    @Version Long version;

    Paper() {}

    Paper(String text) {
      this.text = text;
    }
  }

  /** An exception of this program. */
  private static final class Mine extends RuntimeException {
    private static final long serialVersionUID = 1;

    Mine() {
      super("mine", null, false, false);
    }
  }

  private static final CallOptions TAGGED = CallOptions.timeout(Duration.ofMinutes(1)).tagged("leak");

  private final Thing holes = open();
  private final int times;
  private int points;
  private int failures;

  private Leak(int times) {
    this.times = times;
  }

  /**
   * Looks.
   *
   * @param arguments as above
   * @throws IOException when the system does not tell
   */
  public static void main(String[] arguments) throws IOException {
    if (!Files.exists(Path.of("/proc/self/statm"))) {
      System.out.println("1..0 # SKIP the system does not tell how much memory a process has");
      return;
    }
    Leak leak = new Leak(arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1);
    try (Thing db = open()) {
      leak.look("lists of records and entities leave nothing behind", 60, () -> lists(db));
    }
    try (Thing db = open()) {
      leak.look("calls of every kind leave nothing behind", 4000, () -> calls(db));
    }
    try (Thing db = open()) {
      Registration hook = db.on(Paper.class, call -> refuse(), Event.BEFORE_SAVE);
      leak.look("hooks and bodies that throw leave nothing behind", 4000, () -> throwing(db));
      hook.close();
    }
    leak.look("databases, transactions and streams that nobody closes go", 40, FORGOTTEN_ALLOWED, Leak::forgotten);
    try (Thing db = open()) {
      long model = Raw.thing_model_find(db.handle(), "Paper");
      leak.find("an object of the library that is not freed is found", 4000, () -> Raw.thing_obj_new(model));
    }
    List<Object> kept = new ArrayList<>();
    leak.find("what Java keeps is found", 4000, () -> kept.add(new Paper("kept")));
    System.out.println("1.." + leak.points);
    System.exit(leak.failures == 0 ? 0 : 1);
  }

  // ---- what is done

  private static Thing open() {
    Thing db = Thing.open("sqlite::memory:");
    db.register("{\"name\": \"Note\", \"fields\": {\"id\": {\"type\": \"int\", \"default\": {\"fn\": \"autoincrement\"}},"
        + " \"text\": {\"type\": \"text\", \"unique\": true}, \"number\": \"int?\"}}");
    db.register(Paper.class).sync();
    List<Note> notes = new ArrayList<>();
    List<Paper> papers = new ArrayList<>();
    for (int i = 0; i < LIST; i++) {
      notes.add(new Note(0, "note " + i, i));
      papers.add(new Paper("paper " + i));
    }
    db.repo(Note.class).saveAll(notes);
    db.repo(Paper.class).saveAll(papers);
    return db;
  }

  private static void lists(Thing db) {
    expect(db.repo(Note.class).all().list().size() == LIST);
    expect(db.repo(Paper.class).all().list().size() == LIST);
    try (Stream<Note> rows = db.repo(Note.class).all().stream(100)) {
      expect(rows.count() == LIST);
    }
    db.clearCache();
  }

  private static void calls(Thing db) {
    Repo<Note> notes = db.repo(Note.class);
    Repo<Paper> papers = db.repo(Paper.class);
    Note note = notes.get(7);
    expect(notes.byId(LIST + 99).isEmpty());
    notes.update(note, new Note(note.id(), note.text(), (note.number() + 1) % 1000));
    Paper paper = db.with(TAGGED).repo(Paper.class).get(7);
    paper.number = paper.number == null ? 0 : (paper.number + 1) % 1000;
    papers.save(paper);
    expect(papers.savedChanges(paper).contains("number"));
    expect(papers.toJson(paper, "text").contains("paper"));
    expectFailure(UniqueException.class, () -> notes.insert(new Note(0, "note 1", null)));
    expectFailure(InvalidException.class, () -> notes.where("nothing", 1).list());
    expect(db.call("Note", "findMany", "{\"where\": {\"id\": 5}}").contains("note 4"));
    expect(notes.where("number", Op.LT, 5).count() >= 0);
    try (Stream<Note> rows = notes.all().stream(10)) {
      expect(rows.iterator().hasNext());
    }
    db.useTx(tx -> tx.repo(Note.class).incr(3, "number", 1));
  }

  private static void throwing(Thing db) {
    Repo<Paper> papers = db.repo(Paper.class);
    expectFailure(Mine.class, () -> papers.save(new Paper("x")));
    expectFailure(Mine.class, () -> papers.saveAll(List.of(new Paper("x"), new Paper("y"))));
    expectFailure(Mine.class, () -> db.call("Paper", "create", "{\"data\": {\"text\": \"x\"}}"));
    expectFailure(Mine.class, () -> db.useTx(tx -> refuse()));
    expectFailure(Mine.class, () -> db.useTx(tx -> tx.useTx(inner -> inner.repo(Paper.class).save(new Paper("x")))));
    Registration other = db.on(Note.class, call -> call.object(), Event.BEFORE_SAVE);
    db.repo(Note.class).update(db.repo(Note.class).get(1));
    other.close();
  }

  private static void refuse() {
    throw new Mine();
  }

  /** What was forgotten goes when the collector comes by. */
  private static void forgotten() {
    Thing db = Thing.open("sqlite::memory:");
    db.register(Paper.class).sync();
    db.repo(Paper.class).saveAll(List.of(new Paper("a"), new Paper("b"), new Paper("c")));
    db.on(Paper.class, call -> call.object(), Event.BEFORE_SAVE);
    db.begin().repo(Paper.class).save(new Paper("d"));
    Thing other = Thing.open("sqlite::memory:");
    other.register(Paper.class).sync();
    other.repo(Paper.class).saveAll(List.of(new Paper("a"), new Paper("b"), new Paper("c")));
    Iterator<Paper> rows = other.repo(Paper.class).all().stream(1).iterator();
    expect(rows.hasNext());
  }

  private static void expect(boolean holds) {
    if (!holds) {
      throw new IllegalStateException("not as expected");
    }
  }

  private static void expectFailure(Class<? extends Throwable> type, Runnable body) {
    try {
      body.run();
    } catch (RuntimeException e) {
      if (type.isInstance(e)) {
        return;
      }
      throw e;
    }
    throw new IllegalStateException("expected a " + type.getName());
  }

  // ---- looking

  private static long resident() {
    try {
      return Long.parseLong(Files.readString(Path.of("/proc/self/statm")).split(" ")[1]) * 4096;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static long heap() {
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private static void collect() {
    for (int i = 0; i < 4; i++) {
      System.gc();
      try {
        Thread.sleep(15); // for cleaners
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Takes all memory that the process has and nobody uses, so that nothing grows into it. */
  private void fillHoles() {
    long model = Raw.thing_model_find(holes.handle(), "Paper");
    long resident = resident();
    for (int i = 0; i < HOLES && resident() - resident < HOLES_FULL; i++) {
      for (int k = 0; k < LIST; k++) {
        Raw.thing_obj_new(model); // for as long as the program runs
      }
    }
  }

  /**
   * How much memory grew in a part of the time, of the process and of Java: more than that in half of the parts. What is
   * made once shows in one of them.
   */
  private long[] growth(int rounds, Runnable round) {
    long[] ofProcess = new long[PARTS];
    long[] ofJava = new long[PARTS];
    for (int i = 0; i < rounds / 2; i++) {
      round.run();
    }
    collect();
    fillHoles();
    for (int part = 0; part < PARTS; part++) {
      long resident = resident();
      long heap = heap();
      for (int i = 0; i < rounds * times; i++) {
        round.run();
      }
      collect();
      ofProcess[part] = resident() - resident;
      ofJava[part] = heap() - heap;
    }
    Arrays.sort(ofProcess);
    Arrays.sort(ofJava);
    return new long[] {ofProcess[PARTS / 2 - 1], ofJava[PARTS / 2 - 1]};
  }

  private void look(String name, int rounds, Runnable round) {
    look(name, rounds, RESIDENT_ALLOWED, round);
  }

  private void look(String name, int rounds, long allowed, Runnable round) {
    long[] grown = growth(rounds, round);
    point(name, grown, grown[0] <= allowed * times && grown[1] <= HEAP_ALLOWED * times);
  }

  private void find(String name, int rounds, Runnable round) {
    long[] grown = growth(rounds, round);
    point(name, grown, grown[0] > RESIDENT_ALLOWED * times || grown[1] > HEAP_ALLOWED * times);
  }

  private void point(String name, long[] grown, boolean holds) {
    failures += holds ? 0 : 1;
    System.out.println((holds ? "ok " : "not ok ") + ++points + " - " + name);
    System.out.println("# a part: " + (grown[0] >> 10) + " KiB more, of Java " + (grown[1] >> 10) + " KiB");
  }
}
