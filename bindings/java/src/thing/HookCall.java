package thing;

import thing.raw.Raw;
import thing.raw.Text;

/**
 * One event. It holds for as long as the hook runs.
 *
 * @param <T> the class of the object
 */
public final class HookCall<T> {
  private final Event event;
  private final Session session;
  private final Mapper<T> mapper; // null: of all models
  private final long obj; // 0: of a load
  private boolean over;
  private T object;
  private Object[] before; // values of the object when it was read

  HookCall(Event event, Session session, Mapper<T> mapper, long obj) {
    this.event = event;
    this.session = session;
    this.mapper = mapper;
    this.obj = obj;
  }

  /** Of an object that was loaded: it is there, and the library has none. */
  HookCall(Session session, Mapper<T> mapper, T object) {
    this(Event.AFTER_LOAD, session, mapper, 0);
    this.object = object;
  }

  /** The hook has returned, and the object of the library is not its any more. */
  void end() {
    over = true;
  }

  private long obj() {
    if (over) {
      throw ThingException.of(Code.E_CLOSED, "the hook that this call was for has ended");
    }
    return obj;
  }

  /**
   * What happens.
   *
   * @return the event
   */
  public Event event() {
    return event;
  }

  /**
   * Where calls are part of the transaction of the write.
   *
   * @return a session, for the time of the hook
   */
  public Session session() {
    return session;
  }

  /**
   * The model of the object.
   *
   * @return its name
   */
  public String model() {
    return obj == 0 ? mapper.name : Raw.thing_model_name(Raw.thing_obj_model(obj()));
  }

  /**
   * The object as the library prints it.
   *
   * @return a JSON object
   */
  public String json() {
    if (obj == 0) {
      return new Repo<>(session, mapper).toJson(object);
    }
    byte[][] json = new byte[1][];
    Raw.thing_obj_json(obj(), 0, json);
    return Text.string(json[0]);
  }

  /**
   * The object as it is now. What a before hook changes in it, of a class, is written.
   *
   * @return a copy of what is written
   */
  public T object() {
    if (mapper == null) {
      throw ThingException.of(Code.E_STATE, "a hook of all models has no object of a class");
    }
    if (object == null) {
      byte[][] packed = new byte[1][];
      Raw.thing_obj_pack(obj(), packed);
      object = mapper.read(mapper.parse(packed[0], packed[0].length));
      before = mapper.values(object);
    }
    return object;
  }

  /**
   * Has another object written in its place: how a before hook changes a record.
   *
   * @param other what to write
   */
  public void replace(T other) {
    object();
    object = other;
  }

  /**
   * What changed: before a write what it would write, after it what it wrote.
   *
   * @return {"field":[old,new],...}
   */
  public String changes() {
    if (obj == 0) {
      return "{}";
    }
    byte[][] json = new byte[1][];
    if (event.isBefore()) {
      Raw.thing_obj_changes_json(obj(), json);
    } else {
      Raw.thing_obj_saved_changes_json(obj(), json);
    }
    return Text.string(json[0]);
  }

  /** Gives the library what the hook changed. */
  void writeBack() {
    if (object == null || !event.isBefore()) {
      return;
    }
    byte[] changed = mapper.packChanges(before, mapper.values(object));
    if (changed != null) {
      Raw.thing_obj_assign_packed(obj(), changed);
    }
  }
}
