package thing;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** Members of an object of a class with their values before and after a write that made them others. */
final class Differences {
  private static final Differences NONE = new Differences(new Object[0]);
  private static final int STRIDE = 3;

  private final Object[] all; // a member, the value before, the value after, and so on

  private Differences(Object[] all) {
    this.all = all;
  }

  static Object[] valuesOf(List<Member> members, Object object) {
    Object[] values = new Object[members.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = members.get(i).valueOf(object);
    }
    return values;
  }

  /** Between values and those that the object has now. */
  static Differences between(List<Member> members, Object[] before, Object object) {
    Object[] found = new Object[STRIDE * before.length];
    int n = 0;
    for (int i = 0; i < before.length; i++) {
      Object after = members.get(i).valueOf(object);
      if (isOther(members.get(i), before[i], after)) {
        found[n++] = members.get(i);
        found[n++] = before[i];
        found[n++] = after instanceof byte[] bytes ? bytes.clone() : after; // the object's own may be written to
      }
    }
    return n == 0 ? NONE : new Differences(Arrays.copyOf(found, n));
  }

  /** A list that is equal is not the same: that of the user may be added to. */
  private static boolean isOther(Member member, Object before, Object after) {
    return before != after && (member.isList || !Objects.deepEquals(before, after));
  }

  /** Of relations it is the objects that count, and none of them is asked for its own idea of equality. */
  private static boolean isSame(Member member, Object one, Object other) {
    return one == other || !member.isRelation && Objects.deepEquals(one, other);
  }

  /** Gives the object the values before; what was set in it since stays. */
  void undo(Object object) {
    for (int i = 0; i < all.length; i += STRIDE) {
      Member member = (Member) all[i];
      if (isSame(member, member.valueOf(object), all[i + 2])) {
        member.set(object, all[i + 1]);
      }
    }
  }

  /** Those from before this to after a later write. */
  Differences followedBy(Differences later) {
    Object[] both = Arrays.copyOf(all, all.length + later.all.length);
    int n = all.length;
    for (int i = 0; i < later.all.length; i += STRIDE) {
      Member member = (Member) later.all[i];
      int at = find(member);
      if (at < 0) {
        System.arraycopy(later.all, i, both, n, STRIDE);
        n += STRIDE;
        continue;
      }
      if (!isSame(member, all[at + 2], later.all[i + 1])) { // it was set between the two
        both[at + 1] = later.all[i + 1];
      }
      both[at + 2] = later.all[i + 2];
    }
    return n == 0 ? NONE : new Differences(Arrays.copyOf(both, n));
  }

  private int find(Member member) {
    for (int i = 0; i < all.length; i += STRIDE) {
      if (all[i] == member) {
        return i;
      }
    }
    return -1;
  }
}
