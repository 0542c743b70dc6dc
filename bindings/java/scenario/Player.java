package thing;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import thing.raw.RawConstants;

/**
 * The player in Java of tests/bindings/scenario.json: does its steps by the layer, as its users would, and prints a trace
 * (tests/bindings/README.md). Usage: Player SCENARIO URL
 */
public final class Player {
  /** An exception of the player's own. */
  static final class Thrown extends RuntimeException {
    private static final long serialVersionUID = 1;

    Thrown(String text) {
      super(text);
    }
  }

  /** Leaves a transaction, undone. */
  static final class Rollback extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /** The row was not there, where the layer says so by a value. */
  static final class Absent extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /** A step does not know its verb. */
  static final class UnknownVerb extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /** What a verb does: the answer, null for none. */
  interface Verb {
    String run(Step step);
  }

  /** An object that steps know by a name, and relations that were loaded with it. */
  static final class Held<T extends Entity> {
    final Class<T> type;
    final T object;
    final Map<String, Object> include = new LinkedHashMap<>();

    Held(Class<T> type, T object) {
      this.type = type;
      this.object = object;
    }
  }

  final Thing db;
  final String models;
  final Map<String, Held<?>> objects = new HashMap<>();
  final Map<String, Tx> transactions = new HashMap<>();
  final Map<String, Registration> hooks = new HashMap<>();
  final Map<String, Long> reached = new HashMap<>();
  List<String> heard = new ArrayList<>();
  Session here;
  String place = "";
  ThingException failed; // by a step that had to fail
  private final Map<String, Verb> verbs = new HashMap<>();
  private final PrintStream out;
  private boolean unknown;

  private Player(Thing db, String models, PrintStream out) {
    this.db = db;
    this.models = models;
    this.out = out;
    here = db;
    new ObjectVerbs(this).addTo(verbs);
    new QueryVerbs(this).addTo(verbs);
    new OtherVerbs(this).addTo(verbs);
  }

  /**
   * Plays.
   *
   * @param arguments as above
   * @throws IOException when the scenario can not be read
   */
  public static void main(String[] arguments) throws IOException {
    Step scenario = new Step(JsonReader.map(Files.readString(Path.of(arguments[0]))));
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    try (Thing db = Thing.open(arguments[1])) {
      Player player = new Player(db, scenario.json("models"), out);
      player.play(scenario.steps());
      out.flush();
      System.exit(player.unknown ? 1 : 0);
    }
  }

  /** Does steps until one leaves the body that they are in. */
  void play(List<Step> steps) {
    String outer = place;
    try {
      for (int i = 0; i < steps.size(); i++) {
        place = outer + (i + 1);
        RuntimeException leaves = playOne(place, steps.get(i));
        if (leaves != null) {
          throw leaves;
        }
      }
    } finally {
      place = outer;
    }
  }

  /** What leaves the body of the step. */
  private RuntimeException playOne(String number, Step step) {
    boolean isBody = step.text("do").equals("tx");
    try {
      String answer = run(step);
      print(number, "OK", answer);
    } catch (Rollback e) {
      print(number, "OK", null);
      return isBody ? null : e;
    } catch (Thrown e) {
      print(number, "THROWN", Values.quote(e.getMessage()));
      return step.text("do").equals("throw") ? e : null;
    } catch (Absent | NotFoundException e) {
      print(number, "NOT_FOUND", null);
    } catch (UnknownVerb e) {
      print(number, "E_INVALID", null);
      unknown = true;
    } catch (ThingException e) {
      print(number, e.code().name(), e == failed ? null : detail(e));
      return e == failed && !isBody ? e : null;
    }
    return null;
  }

  private String run(Step step) {
    Session outer = here;
    here = sessionOf(step);
    try {
      return verbs.getOrDefault(
          step.text("do"),
          s -> {
            throw new UnknownVerb();
          }).run(step);
    } finally {
      here = outer;
    }
  }

  private void print(String number, String outcome, String answer) {
    out.print(number + " " + outcome + " " + (answer == null ? "null" : answer) + "\n");
  }

  private static String detail(ThingException e) {
    return "{\"sqlstate\":" + Values.quote(e.sqlState()) + ",\"model\":" + Values.quote(e.model()) + ",\"field\":"
        + Values.quote(e.field()) + ",\"constraint\":" + Values.quote(e.constraint()) + ",\"table\":" + Values.quote(e.table())
        + ",\"retryable\":" + e.retryable() + "}";
  }

  // ---- where calls are made

  private Session sessionOf(Step step) {
    Session session = here;
    if (step.has("in")) {
      session = step.get("in") == null ? db : transactions.get(step.text("in"));
    }
    return step.has("ctx") ? session.with(options(new Step(step.map("ctx")))) : session;
  }

  private CallOptions options(Step ctx) {
    CallOptions options = new CallOptions(null, false, null, null, flags("THING_CTX_", ctx.texts("flags")), List.of());
    if (ctx.has("timeout_ms")) {
      options = options.within(Duration.ofMillis(ctx.number("timeout_ms", 0)));
    }
    if (ctx.is("cancelled")) {
      Cancellation cancelled = new Cancellation();
      cancelled.cancel();
      options = options.cancelledBy(cancelled);
    }
    return ctx.has("mute") ? options.muting(ctx.text("mute")) : options;
  }

  /** Flags of thing.h by their names in small letters. */
  static int flags(String prefix, String... names) {
    int flags = 0;
    for (String name : names) {
      try {
        flags |= RawConstants.class.getField(prefix + name.toUpperCase()).getInt(null);
      } catch (ReflectiveOperationException e) {
        throw new IllegalArgumentException(name, e);
      }
    }
    return flags;
  }

  // ---- objects

  Held<?> held(String name) {
    Held<?> held = objects.get(name);
    if (held == null) {
      throw new IllegalStateException("no object '" + name + "'");
    }
    return held;
  }

  /** Gives an object a name. */
  <T extends Entity> Held<T> keep(String name, Class<T> type, T object) {
    Held<T> held = new Held<>(type, object);
    if (name != null) {
      objects.put(name, held);
    }
    return held;
  }

  <T extends Entity> String row(Step step, Held<T> held) {
    return row(step, held.type, held.object);
  }

  <T extends Entity> String row(Step step, Class<T> type, T object) {
    Repo<T> repo = db.repo(type);
    return step.has("fields") ? repo.toJson(object, step.text("fields")) : repo.toJson(object);
  }

  <T extends Entity> String rows(Step step, Class<T> type, List<T> objects) {
    return "[" + String.join(",", objects.stream().map(o -> row(step, type, o)).toList()) + "]";
  }
}
