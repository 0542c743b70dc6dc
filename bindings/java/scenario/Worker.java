package thing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** The worker of tests/bindings/together.py in Java. Usage: Worker MODELS URL SECONDS NUMBER [stale] */
public final class Worker {
  private static final int ROWS = 12;
  private static final int GROUPS = 3;

  record Tally(long id, long grp, long n) {}

  record Mark(long id, long grp) {}

  static class Page extends Entity {
    @Id long id;
    String text;
    long version;
  }

  /** What is done, and how often of 100 times. */
  private enum Operation {
    INCR(12), READ(35), LIST(12), SAVE(8), PAGE(13), MAKE(5), DROP(5), COUNT(6), MARKS(4);

    final int share;

    Operation(int share) {
      this.share = share;
    }

    String word() {
      return name().toLowerCase();
    }
  }

  private final Repo<Tally> tallies;
  private final Repo<Page> pages;
  private final Repo<Mark> marks;
  private final Random random;
  private final Map<Long, Long> copies; // null: reads are those of the library
  private final Deque<Long> mine = new ArrayDeque<>();
  private final List<String> lines = new ArrayList<>();
  private long nextMark;
  private long start;
  private long end;

  private Worker(Thing db, long number, boolean stale) {
    tallies = db.repo(Tally.class);
    pages = db.repo(Page.class);
    marks = db.repo(Mark.class);
    random = new Random(number);
    nextMark = number * 1_000_000;
    copies = stale ? new HashMap<>() : null;
  }

  /**
   * Works.
   *
   * @param arguments as above
   * @throws IOException when standard input or the models can not be read
   */
  public static void main(String[] arguments) throws IOException {
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    try (Thing db = Thing.open(arguments[1])) {
      db.register(Files.readString(Path.of(arguments[0])));
      Worker worker = new Worker(db, Long.parseLong(arguments[3]), arguments.length > 4 && arguments[4].equals("stale"));
      out.println("ready");
      out.flush();
      new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
      worker.work(Double.parseDouble(arguments[2]));
      worker.lines.forEach(out::println);
      out.println("stats " + db.cacheStats());
      out.flush();
    }
  }

  private void work(double seconds) {
    long until = System.nanoTime() + (long) (seconds * 1e9);
    while (System.nanoTime() < until) {
      Operation what = choose();
      try {
        String said = run(what);
        if (said != null) {
          log(what.word() + " " + said);
        }
      } catch (ThingException e) {
        log("fail " + what.word() + " " + e.code().name());
      }
    }
  }

  private void log(String line) {
    lines.add(line + " " + start + " " + end);
  }

  private Operation choose() {
    int at = random.nextInt(100);
    for (Operation each : Operation.values()) {
      at -= each.share;
      if (at < 0) {
        return each;
      }
    }
    throw new IllegalStateException("the shares are no 100");
  }

  /** The call that is logged. */
  private <R> R timed(Supplier<R> call) {
    start = System.nanoTime();
    try {
      return call.get();
    } finally {
      end = System.nanoTime();
    }
  }

  private long row() {
    return 1 + random.nextInt(ROWS);
  }

  private long group() {
    return random.nextInt(GROUPS);
  }

  /** What there is to be logged of an operation; null: nothing was done. */
  private String run(Operation what) {
    return switch (what) {
      case INCR -> incr();
      case READ -> read();
      case LIST -> list();
      case SAVE -> save();
      case PAGE -> page();
      case MAKE -> make();
      case DROP -> drop();
      case COUNT -> count();
      case MARKS -> marks();
    };
  }

  private String incr() {
    long row = row();
    return row + " " + timed(() -> tallies.incr(row, "n", 1));
  }

  private String read() {
    long row = row();
    if (copies != null && copies.containsKey(row)) {
      return row + " " + timed(() -> copies.get(row));
    }
    long n = timed(() -> tallies.get(row)).n();
    if (copies != null) {
      copies.put(row, n);
    }
    return row + " " + n;
  }

  private String list() {
    long group = group();
    List<Tally> found = timed(() -> tallies.where("grp", Op.EQ, group).list());
    return group + " " + joined(found.stream().map(t -> t.id() + ":" + t.n()).toList());
  }

  private static String joined(List<String> items) {
    return items.isEmpty() ? "-" : items.stream().collect(Collectors.joining(","));
  }

  private String save() {
    Page page = timed(() -> pages.get(row()));
    page.text = Double.toString(random.nextDouble());
    return page.id + " " + timed(() -> pages.save(page)).version;
  }

  private String page() {
    Optional<Page> page = timed(() -> pages.byId(row()));
    return page.orElseThrow(() -> new IllegalStateException("a page is gone")).id + " " + page.get().version;
  }

  private String make() {
    Mark mark = new Mark(++nextMark, nextMark % GROUPS);
    timed(() -> marks.insert(mark));
    mine.add(mark.id());
    return mark.id() + " " + mark.grp();
  }

  private String drop() {
    Long row = mine.peek();
    if (row == null) {
      return null;
    }
    if (!timed(() -> marks.deleteById(row))) {
      throw new IllegalStateException("a mark is gone");
    }
    mine.remove();
    return row + " " + row % GROUPS;
  }

  private String count() {
    long group = group();
    return group + " " + timed(() -> marks.where("grp", group).count());
  }

  private String marks() {
    long group = group();
    return group + " " + joined(timed(() -> marks.where("grp", group).list()).stream().map(m -> Long.toString(m.id())).toList());
  }
}
