package thing;

import static thing.raw.RawConstants.*;

import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import thing.raw.Native;
import thing.raw.Raw;
import thing.raw.Text;

/**
 * A database with its models, connections and cache. One for a program, shared by all threads.
 *
 * <p>After close every call is a {@link ClosedException}; objects, transactions and streams may be closed before or after.
 */
public final class Thing extends Session implements AutoCloseable {
  static final Cleaner CLEANER = Cleaner.create();

  /** What is left to do when nobody reaches the object any more. */
  private static final class Handles implements Runnable {
    private final long db;
    private final long anchor; // a context: it keeps the memory behind db alive, so that late calls are refused
    private final AtomicBoolean open = new AtomicBoolean(true);

    Handles(long db) {
      this.db = db;
      anchor = Raw.thing_ctx_new(db);
    }

    void close() {
      if (open.getAndSet(false)) {
        Raw.thing_close(db);
      }
    }

    @Override
    public void run() {
      close();
      Raw.thing_ctx_free(anchor);
    }
  }

  private final Handles handles;
  // The library refers to these weakly: what they refer to, often this database, would else never go.
  private final Set<HookTarget<?>> hooks = ConcurrentHashMap.newKeySet();
  private final Set<Thread> inHooks = ConcurrentHashMap.newKeySet();
  private LogListener logListener;
  private final Map<Class<?>, Mapper<?>> mappers = new ConcurrentHashMap<>();

  private Thing(long db) {
    handles = new Handles(db);
    CLEANER.register(this, handles);
  }

  /**
   * Opens a database.
   *
   * @param url sqlite:PATH, sqlite::memory:, postgresql://..., mysql://...
   * @return the database
   */
  public static Thing open(String url) {
    long[] db = new long[1];
    Raw.thing_open(url, db);
    return new Thing(db[0]);
  }

  /**
   * Opens a database with options.
   *
   * @param url as above
   * @param options those of thing_open by name: "cache", "connections", "busy_timeout_ms" ...
   * @return the database
   */
  public static Thing open(String url, Map<String, ?> options) {
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("url", url);
    config.putAll(options);
    return open(JsonWriter.write(config));
  }

  /**
   * The version of the library that is loaded.
   *
   * @return "0.1.0"
   */
  public static String version() {
    return Raw.thing_version();
  }

  /**
   * Whether this build can do something.
   *
   * @param capability "backend:postgres", "cache:redis" ...
   * @return true when it can
   */
  public static boolean has(String capability) {
    return Raw.thing_has(capability);
  }

  long handle() {
    return handles.db;
  }

  @Override
  Thing thing() {
    return this;
  }

  @Override
  Bounds bounds() {
    return Bounds.NONE;
  }

  @Override
  Past past() {
    return null;
  }

  @Override
  boolean isInTransaction() {
    return false;
  }

  @Override
  long enter(int flags) {
    if (flags == 0) {
      return 0;
    }
    long ctx = Raw.thing_ctx_new(handle());
    Raw.thing_ctx_set_flags(ctx, flags);
    new Bounds(null, null, flags).enter();
    return ctx;
  }

  @Override
  void leave(long ctx, int flags) {
    if (ctx != 0) {
      Bounds.leave();
      Raw.thing_ctx_free(ctx);
    }
  }

  /**
   * Ends its connections and rolls open transactions back; waits for calls that run. Twice does no harm.
   *
   * @throws StateException in a hook or a listener of the log, as that would wait for itself
   */
  @Override
  public void close() {
    if (inHooks.contains(Thread.currentThread())) {
      throw ThingException.of(Code.E_STATE, "hooks and listeners can not close their database");
    }
    handles.close();
  }

  boolean hasHooks() {
    return !hooks.isEmpty();
  }

  /** This thread is in what the library calls in the middle of a call. Whether it was not before, and so has to leave. */
  boolean enterHook() {
    return inHooks.add(Thread.currentThread());
  }

  void leaveHook() {
    inHooks.remove(Thread.currentThread());
  }

  private void hear(LogListener listener, LogLevel level, String line) {
    boolean outermost = enterHook();
    try {
      listener.line(level, line);
    } finally {
      if (outermost) {
        leaveHook();
      }
    }
  }

  // ---- models

  /**
   * Registers the models of annotated classes, all or none. One that is registered already, and the same, is left alone.
   *
   * @param types classes with {@link Model}, in any order
   * @return this database
   */
  public Thing register(Class<?>... types) {
    List<Object> documents = new ArrayList<>();
    for (Class<?> type : types) {
      documents.add(new Json(documentOf(type)));
    }
    calling(ctx -> Raw.thing_model_register(handle(), JsonWriter.write(documents)));
    for (Class<?> type : types) {
      mapper(type);
    }
    return this;
  }

  /**
   * Registers models given as documents, docs/reference/models.md.
   *
   * @param json a model, or an array of them
   * @return this database
   */
  public Thing register(String json) {
    calling(ctx -> Raw.thing_model_register(handle(), json));
    return this;
  }

  /**
   * The model document of an annotated class.
   *
   * @param type a class with {@link Model}
   * @return a JSON object
   */
  public static String documentOf(Class<?> type) {
    if (!type.isAnnotationPresent(Model.class)) {
      throw ThingException.of(Code.E_MODEL, type.getName() + ": is no model, which @Model would make it");
    }
    return ModelDocument.of(Shape.of(type));
  }

  /**
   * The definition of a registered model with every default written out.
   *
   * @param model its name
   * @return a JSON object
   */
  public String document(String model) {
    long handle = Raw.thing_model_find(handle(), model);
    if (handle == 0) {
      throw ThingException.of(Code.E_INVALID, "found no model '" + model + "'");
    }
    byte[][] json = new byte[1][];
    Raw.thing_model_json(handle, json);
    return Text.string(json[0]);
  }

  /** Creates the tables, columns and indexes that are missing. */
  public void sync() {
    calling(ctx -> Raw.thing_schema_sync(handle(), ctx));
  }

  /**
   * What sync would run.
   *
   * @return SQL, a statement a line; "" when there is nothing to do
   */
  public String plan() {
    byte[][] sql = new byte[1][];
    calling(ctx -> Raw.thing_schema_plan(handle(), ctx, sql));
    return Text.string(sql[0]);
  }

  /**
   * The tables of the database as model documents.
   *
   * @return a JSON array
   */
  public String introspect() {
    byte[][] models = new byte[1][];
    calling(ctx -> Raw.thing_introspect(handle(), ctx, null, models));
    return Text.string(models[0]);
  }

  @SuppressWarnings("unchecked")
  <T> Mapper<T> mapper(Class<T> type) {
    Mapper<?> known = mappers.get(type);
    return known != null ? (Mapper<T>) known : (Mapper<T>) newMapper(type);
  }

  /** Hooks of its methods are added once, by whoever comes first. */
  private synchronized Mapper<?> newMapper(Class<?> type) {
    Mapper<?> known = mappers.get(type);
    if (known != null) {
      return known;
    }
    Shape shape = Shape.of(type);
    long model = Raw.thing_model_find(handle(), shape.modelName());
    if (model == 0 && !type.isAnnotationPresent(Model.class)) {
      ping(); // a closed database has no models
      throw ThingException.of(Code.E_MODEL, shape.modelName() + ": is not registered, and its class has no @Model");
    }
    if (type.isAnnotationPresent(Model.class)) {
      Raw.thing_model_register(handle(), ModelDocument.of(shape));
      model = Raw.thing_model_find(handle(), shape.modelName());
    }
    Mapper<?> mapper = new Mapper<>(shape, model);
    mappers.put(type, mapper);
    shape.hooks.forEach(method -> addHook(mapper, method));
    return mapper;
  }

  /** A class or record whose members are some fields of a model. */
  <P> Mapper<P> projection(Class<P> type, long model) {
    return new Mapper<>(Shape.of(type), model);
  }

  // ---- hooks and log

  /**
   * Adds a hook for objects of a class, docs/guide/hooks.md.
   *
   * @param type the class
   * @param hook what to run
   * @param events when
   * @param <T> the class
   * @return what takes it away again
   */
  public <T> Registration on(Class<T> type, Hook<T> hook, Event... events) {
    return add(mapper(type), hook, false, events);
  }

  /**
   * Adds a hook whose exceptions fail the write from after events, too.
   *
   * @param type the class
   * @param hook what to run
   * @param events when
   * @param <T> the class
   * @return what takes it away again
   */
  public <T> Registration onMayFail(Class<T> type, Hook<T> hook, Event... events) {
    return add(mapper(type), hook, true, events);
  }

  /**
   * Adds a hook for objects of all models, whose calls have a name and JSON of the object, but no object of a class.
   *
   * @param hook what to run
   * @param events when
   * @return what takes it away again
   */
  public Registration onAny(Hook<?> hook, Event... events) {
    return add(null, hook, false, events);
  }

  private <T> Registration add(Mapper<T> mapper, Hook<T> hook, boolean mayFail, Event... events) {
    int bits = Event.bits(events);
    if ((bits & THING_ON_AFTER_LOAD) == 0) {
      return add(mapper, hook, mayFail, bits);
    }
    if (mapper == null) {
      throw ThingException.of(Code.E_UNSUPPORTED, "objects that are loaded are heard of by their class");
    }
    Runnable loads = mapper.loads.add(hook, mayFail);
    int others = bits & ~THING_ON_AFTER_LOAD;
    Registration rest = others == 0 ? () -> { } : add(mapper, hook, mayFail, others);
    return () -> {
      loads.run();
      rest.close();
    };
  }

  private <T> Registration add(Mapper<T> mapper, Hook<T> hook, boolean mayFail, int events) {
    int bits = events | (mayFail ? THING_HOOK_MAY_FAIL : 0);
    long model = mapper == null ? 0 : mapper.model;
    HookTarget<T> target = new HookTarget<>(this, mapper, hook, mayFail);
    hooks.add(target);
    long id = calling(ctx -> Native.hookAdd(handle(), model, bits, new WeakReference<>(target)));
    return () -> {
      if (hooks.contains(target)) {
        calling(ctx -> Raw.thing_hook_remove(handle(), id));
        hooks.remove(target);
      }
    };
  }

  private <T> void addHook(Mapper<T> mapper, Shape.HookMethod method) {
    Hook<T> hook =
        call -> {
          try {
            if (method.takesCall()) {
              method.handle().invoke(call.object(), call);
            } else {
              method.handle().invoke(call.object());
            }
          } catch (Exception | Error e) {
            throw e;
          } catch (Throwable e) {
            throw new IllegalStateException(e);
          }
        };
    add(mapper, hook, method.on().mayFail(), method.on().value());
  }

  /**
   * Sends the log to a listener; null: to nobody.
   *
   * @param level how much of it
   * @param listener who hears it
   */
  public synchronized void log(LogLevel level, LogListener listener) {
    LogListener former = logListener;
    LogListener guarded = listener == null ? null : (of, line) -> hear(listener, of, line);
    calling(
        ctx -> {
          Native.logSet(handle(), level.ordinal(), guarded == null ? null : new WeakReference<>(guarded));
          return null;
        });
    logListener = guarded;
    Reference.reachabilityFence(former);
  }

  /**
   * Sends the log to the SLF4J logger "thing", up to the level that it has now.
   *
   * @throws UnsupportedException where SLF4J is not there
   */
  public void logToSlf4j() {
    try {
      Slf4jLog log = new Slf4jLog();
      log(log.level(), log);
    } catch (NoClassDefFoundError | IllegalAccessError e) {
      throw ThingException.of(Code.E_UNSUPPORTED, "SLF4J is not there: " + e.getMessage());
    }
  }

  // ---- cache

  /**
   * Numbers about the cache by name.
   *
   * @return a JSON object
   */
  public String cacheStats() {
    byte[][] json = new byte[1][];
    calling(ctx -> Raw.thing_cache_stats_json(handle(), false, json));
    return Text.string(json[0]);
  }

  /**
   * How many statements this database has run.
   *
   * @return a count
   */
  public long statements() {
    return calling(ctx -> Raw.thing_cache_stat(handle(), THING_STAT_SQL));
  }

  /** Drops all that is cached. Never needed after writes through the library. */
  public void clearCache() {
    calling(ctx -> Raw.thing_cache_clear(handle(), ctx, 0));
  }

  /**
   * The configuration in force, server version, connections and models.
   *
   * @return a JSON object
   */
  public String info() {
    byte[][] json = new byte[1][];
    calling(ctx -> Raw.thing_info_json(handle(), ctx, json));
    return Text.string(json[0]);
  }

  /** Runs the smallest query there is. */
  public void ping() {
    calling(ctx -> Raw.thing_ping(handle(), ctx));
  }
}
