package thing;

import static thing.raw.RawConstants.*;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import thing.raw.Raw;

/**
 * Objects that are saved together: one, and the new ones that its relations hold, and theirs. It is one save of the
 * library, which knows the order and the keys, in one transaction.
 */
final class Graph {
  /** An object, its handle in the library, and what it is when all is saved. */
  private static final class Node<T> {
    private final Mapper<T> mapper;
    private final T object;
    private final byte[] base;
    private final long obj;
    private T saved;

    private Node(Mapper<T> mapper, T object, long obj) {
      this.mapper = mapper;
      this.object = object;
      this.obj = obj;
      base = mapper.trackedRow(object);
    }
  }

  private final Session session;
  private final Map<Object, Node<?>> nodes = new IdentityHashMap<>();
  private final List<Node<?>> children = new ArrayList<>(); // each before who holds it

  Graph(Session session) {
    this.session = session;
  }

  /** Whether relations of an object hold what has no row yet. */
  static boolean hasNew(Thing thing, Mapper<?> mapper, Object object) {
    for (Member member : mapper.shape.relations) {
      for (Object other : itemsOf(member, object)) {
        if (isNew(thing.mapper(member.target), other)) {
          return true;
        }
      }
    }
    return false;
  }

  private static <O> boolean isNew(Mapper<O> mapper, Object object) {
    return mapper.isNew(mapper.type.cast(object));
  }

  private static Collection<?> itemsOf(Member member, Object owner) {
    Object value = member.valueOf(owner);
    if (value instanceof Collection<?> many) {
      return many;
    }
    Object one = value instanceof Optional<?> optional ? optional.orElse(null) : value;
    return one == null ? List.of() : List.of(one);
  }

  /** Saves all, and gives what became of the object; null: its row is gone. */
  <T> T save(Mapper<T> mapper, T object) {
    try {
      Node<T> root = session.calling(ctx -> add(ctx, mapper, object));
      int status = session.writing(
          () -> session.calling(ctx -> Raw.thing_save(session.thing().handle(), ctx, root.obj)), Session::isFound);
      if (!Session.isFound(status)) {
        return null;
      }
      children.forEach(this::finish);
      return root.saved;
    } finally {
      nodes.values().forEach(node -> Raw.thing_obj_free(node.obj));
    }
  }

  private <T> Node<T> add(long ctx, Mapper<T> mapper, T object) {
    Node<T> node = new Node<>(mapper, object, present(ctx, mapper, object));
    nodes.put(object, node);
    for (Member member : mapper.shape.relations) {
      for (Object other : itemsOf(member, object)) {
        addRelated(ctx, node, member, other);
      }
    }
    children.add(node);
    return node;
  }

  private void addRelated(long ctx, Node<?> owner, Member member, Object other) {
    Mapper<?> target = session.thing().mapper(member.target);
    if (nodes.containsKey(other) || !isNew(target, other)) {
      return;
    }
    long obj = addTyped(ctx, target, other).obj;
    if (member.has(BelongsTo.class)) {
      Raw.thing_obj_set_related(owner.obj, member.name, obj);
    } else {
      Raw.thing_obj_add_related(owner.obj, member.name, obj);
    }
  }

  private <O> Node<O> addTyped(long ctx, Mapper<O> mapper, Object object) {
    return add(ctx, mapper, mapper.type.cast(object));
  }

  /** The object in the library: over its row as it was loaded, or as it is in the database; or new. */
  private <T> long present(long ctx, Mapper<T> mapper, T object) {
    byte[] base = mapper.base(object);
    if (!Mapper.isPresent(base)) {
      return Records.handleOf(mapper, base, mapper.pack(object, Mapper.purposeOf(base)));
    }
    long sketch = Records.handleOf(mapper, null, mapper.pack(object, Mapper.Purpose.INSERT));
    long[] fresh = new long[1];
    try {
      if (Raw.thing_fresh(session.thing().handle(), ctx, sketch, fresh) == THING_NOT_FOUND) {
        return Records.handleOf(mapper, null, mapper.pack(object, Mapper.Purpose.INSERT));
      }
      keepVersion(mapper, object, fresh[0]);
      Raw.thing_obj_assign_packed(fresh[0], mapper.pack(object, Mapper.Purpose.MERGE));
      return fresh[0];
    } catch (RuntimeException | Error e) {
      Raw.thing_obj_free(fresh[0]);
      throw e;
    } finally {
      Raw.thing_obj_free(sketch);
    }
  }

  /** Who has seen another version than the one there is meets a conflict. */
  private static <T> void keepVersion(Mapper<T> mapper, T object, long fresh) {
    Object seen = mapper.version < 0 ? null : mapper.valueOf(object, mapper.version);
    Object plain = seen instanceof Optional<?> optional ? optional.orElse(null) : seen;
    if (plain instanceof Number number) {
      Raw.thing_obj_set_int64(fresh, mapper.version, number.longValue());
      Raw.thing_obj_sync(fresh);
    }
  }

  private <T> void finish(Node<T> node) {
    node.saved = new Repo<>(session, node.mapper).changing(node.object, () -> saved(node));
  }

  private <T> T saved(Node<T> node) {
    T now = node.mapper.afterWrite(node.object, node.base, Records.packed(node.obj));
    Object[] related = node.mapper.relationsOf(now);
    Object[] saved = Arrays.stream(related).map(this::savedOf).toArray();
    return Arrays.equals(related, saved) ? now : node.mapper.withRelations(now, saved);
  }

  /** What a relation holds when all is saved: itself, but for records in it. */
  private Object savedOf(Object value) {
    if (value instanceof List<?> many) {
      List<Object> items = many.stream().<Object>map(this::savedItem).toList();
      return items.equals(many) ? many : items;
    }
    if (value instanceof Optional<?> optional) {
      return optional.map(this::savedItem);
    }
    return savedItem(value);
  }

  private Object savedItem(Object item) {
    Node<?> node = nodes.get(item);
    return node == null || node.saved == null ? item : node.saved;
  }
}
