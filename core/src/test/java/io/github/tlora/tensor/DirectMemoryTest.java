package io.github.tlora.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class DirectMemoryTest {
  private static final int SIZE = 1 << 26; // far more than whatever else runs may take or give back

  private static long held() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
        .filter(pool -> pool.getName().equals("direct"))
        .findFirst()
        .orElseThrow()
        .getMemoryUsed();
  }

  @Test
  void memory_is_given_back_at_once() {
    long before = held();
    ByteBuffer buffer = ByteBuffer.allocateDirect(SIZE);
    assertThat(held()).isGreaterThan(before + SIZE / 2);
    DirectMemory.free(buffer);
    assertThat(held()).isLessThan(before + SIZE / 2);
  }

  @Test
  void views_are_refused_and_the_heap_is_left_alone() {
    ByteBuffer buffer = ByteBuffer.allocateDirect(8);
    assertThatThrownBy(() -> DirectMemory.free(buffer.duplicate()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(buffer.putLong(0, 7).getLong(0)).isEqualTo(7);
    ByteBuffer onHeap = ByteBuffer.allocate(8);
    DirectMemory.free(onHeap);
    assertThat(onHeap.putLong(0, 7).getLong(0)).isEqualTo(7);
  }
}
