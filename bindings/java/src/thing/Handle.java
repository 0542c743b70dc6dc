package thing;

import java.lang.ref.Cleaner;
import java.util.function.LongConsumer;
import java.util.function.LongFunction;

/**
 * A native handle that one thread may close while another is in a call with it: it is freed by whoever leaves last. What
 * nobody closes is freed when nobody reaches its owner any more.
 */
final class Handle {
  private final LongConsumer free; // null: somebody else frees it
  private Cleaner.Cleanable cleanable;
  private long value; // 0: freed, or not ours any more
  private int users;
  private boolean closed;

  Handle(long value, LongConsumer free) {
    this.value = value;
    this.free = free;
  }

  /** To be closed when nobody reaches the owner, which nothing here refers to. */
  Handle ownedBy(Object owner) {
    cleanable = Thing.CLEANER.register(owner, this::finish);
    return this;
  }

  /** The handle for one call, until leave; 0 when it is closed. */
  synchronized long enter() {
    if (closed) {
      return 0;
    }
    users++;
    return value;
  }

  void leave() {
    long last;
    synchronized (this) {
      users--;
      last = takeLast();
      notifyAll();
    }
    release(last);
  }

  /** The result of a call with it; what is closed is refused with the message. */
  <R> R use(String closed, LongFunction<R> call) {
    long handle = enter();
    if (handle == 0) {
      throw ThingException.of(Code.E_CLOSED, closed);
    }
    try {
      return call.apply(handle);
    } finally {
      leave();
    }
  }

  synchronized boolean isClosed() {
    return closed;
  }

  /** Refuses calls from now on. More than once does no harm. */
  void close() {
    if (cleanable != null) {
      cleanable.clean();
    } else {
      finish();
    }
  }

  private void finish() {
    long last;
    synchronized (this) {
      closed = true;
      last = takeLast();
    }
    release(last);
  }

  /** Refuses calls from now on, and waits for those of other threads that run: what it stands for is about to go. */
  synchronized void closeAndWait() {
    closed = true;
    boolean interrupted = false;
    while (users > 0) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    value = 0;
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private long takeLast() {
    if (!closed || users > 0) {
      return 0;
    }
    long last = value;
    value = 0;
    return last;
  }

  /** May block, so outside of the lock. */
  private void release(long last) {
    if (last != 0 && free != null) {
      free.accept(last);
    }
  }
}
