package thing;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import thing.Player.Absent;
import thing.Player.Rollback;
import thing.Player.Thrown;

/** Verbs of models, actions, SQL, transactions and hooks. */
final class OtherVerbs {
  private final Player player;

  OtherVerbs(Player player) {
    this.player = player;
  }

  void addTo(Map<String, Player.Verb> verbs) {
    verbs.put("register", step -> nothing(() -> player.db.register(step.has("document") ? step.json("document") : player.models)));
    verbs.put("sync", step -> nothing(player.db::sync));
    verbs.put("describe", step -> player.db.document(step.text("model")));
    verbs.put("open", step -> nothing(() -> open(step.map("config"))));
    verbs.put("close", step -> nothing(player.db::close));
    verbs.put("call", step -> player.here.call(step.text("model"), step.text("action"), step.json("args")));
    verbs.put("sql", step -> player.here.queryJson(step.text("sql"), parameters(step)));
    verbs.put("exec", this::exec);
    verbs.put("tx", step -> nothing(() -> transaction(step)));
    verbs.put("rollback", step -> leave(new Rollback()));
    verbs.put("throw", step -> leave(new Thrown(step.text("text"))));
    verbs.put("fail", this::fail);
    verbs.put("hook", step -> nothing(() -> hook(step)));
    verbs.put("unhook", this::unhook);
    verbs.put("heard", step -> heard());
  }

  private static String nothing(Runnable body) {
    body.run();
    return null;
  }

  private static String leave(RuntimeException by) {
    throw by;
  }

  private static void open(Map<String, Object> config) {
    Map<String, Object> options = new LinkedHashMap<>(config);
    String url = (String) options.remove("url");
    Thing.open(url, options).close();
  }

  private static Object[] parameters(Step step) {
    return step.list("params").toArray();
  }

  private String exec(Step step) {
    String sql = step.text("sql");
    return Long.toString(
        step.has("tables")
            ? player.here.execOn(step.text("tables"), sql, parameters(step))
            : player.here.exec(sql, parameters(step)));
  }

  // ---- transactions

  private void transaction(Step step) {
    String outerPlace = player.place;
    Session outer = player.here;
    TxOptions options = new TxOptions(Player.flags("THING_TX_", step.texts("flags")), (int) step.number("attempts", 1));
    try {
      outer.useTx(
          options,
          tx -> {
            player.here = tx;
            player.place = outerPlace + ".";
            if (step.has("as")) {
              player.transactions.put(step.text("as"), tx);
            }
            player.play(step.steps());
          });
    } finally {
      player.here = outer;
      player.place = outerPlace;
    }
  }

  /** Leaves a transaction with a failure of the library, the first times. */
  private String fail(Step step) {
    if (player.reached.merge(player.place, 1L, Long::sum) > step.number("times", 1)) {
      return null;
    }
    player.failed = ThingException.of(Code.valueOf(step.text("code")), "failed");
    throw player.failed;
  }

  // ---- hooks

  private void hook(Step step) {
    Event[] events = step.list("on").stream().map(on -> Event.valueOf(((String) on).toUpperCase())).toArray(Event[]::new);
    Registration hook =
        step.has("model") ? hookOf(step, Tables.of(step.text("model")), events) : player.db.onAny(call -> hear(step, call), events);
    player.hooks.put(step.text("as"), hook);
  }

  private <T extends Entity> Registration hookOf(Step step, Class<T> type, Event[] events) {
    Hook<T> hook = call -> {
      hear(step, call);
      if (step.text("act").equals("set")) {
        Values.set(call.object(), nullable(step.text("field"), step.get("value")));
      }
    };
    return step.is("may_fail") ? player.db.onMayFail(type, hook, events) : player.db.on(type, hook, events);
  }

  private static Map<String, Object> nullable(String name, Object value) {
    Map<String, Object> one = new LinkedHashMap<>();
    one.put(name, value);
    return one;
  }

  private void hear(Step step, HookCall<?> call) {
    String name = step.text("as");
    player.heard.add(name + " " + call.event().name().toLowerCase() + " " + call.model());
    switch (step.text("act")) {
      case "create" -> create(call.session(), Tables.of(step.text("into")), step.map("data"));
      case "refuse" -> throw ThingException.of(Code.E_CALLBACK, "refused by " + name, call.model());
      case "throw" -> throw new Thrown("thrown by " + name);
      default -> { }
    }
  }

  private <T extends Entity> void create(Session session, Class<T> into, Map<String, Object> data) {
    session.repo(into).save(new ObjectVerbs(player).made(into, data));
  }

  /** The second time there is nothing to take away. */
  private String unhook(Step step) {
    Optional<Registration> hook = Optional.ofNullable(player.hooks.remove(step.text("of")));
    hook.orElseThrow(Absent::new).close();
    return null;
  }

  private String heard() {
    List<String> heard = player.heard;
    player.heard = new ArrayList<>();
    return Values.quoteAll(heard);
  }
}
