package io.github.tlora.tensor;

import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;

/**
 * Memory of buffers outside of the heap. The garbage collector gives it back only when it has
 * reason to run, and such a buffer, small on the heap, gives it none.
 */
public final class DirectMemory {
  private DirectMemory() {}

  /** The JVM's own way to free a buffer, for which there is no public type before Java 22. */
  private record Cleaner(Object unsafe, Method invoke) {
    static final Cleaner INSTANCE = find();

    private static Cleaner find() {
      try {
        Class<?> type = Class.forName("sun.misc.Unsafe");
        Field field = type.getDeclaredField("theUnsafe");
        field.setAccessible(true);
        return new Cleaner(field.get(null), type.getMethod("invokeCleaner", ByteBuffer.class));
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("this JVM has no sun.misc.Unsafe", e);
      }
    }
  }

  /**
   * Frees the memory of {@code buffer}, or unmaps it; nothing may read it any more, through no view
   * of it. One on the heap is left to the garbage collector.
   *
   * @param buffer as it was made, not a slice or duplicate: that throws {@link
   *     IllegalArgumentException}
   */
  public static void free(ByteBuffer buffer) {
    if (!buffer.isDirect()) {
      return;
    }
    try {
      Cleaner.INSTANCE.invoke().invoke(Cleaner.INSTANCE.unsafe(), buffer);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IllegalArgumentException view) {
        throw view;
      }
      throw new IllegalStateException(e.getCause());
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }
}
