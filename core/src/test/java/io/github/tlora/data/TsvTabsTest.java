package io.github.tlora.data;

import static io.github.tlora.data.WrittenTable.read;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tlora.UserError;
import org.junit.jupiter.api.Test;

/** A row of empty cells is a row that does not fit, not a blank line. */
class TsvTabsTest {
  @Test
  void a_row_of_empty_cells_is_told() {
    assertThatThrownBy(
            () ->
                read("x.tsv", "sentence\tlabel\ngood\t1\n \t\n", Glue.SST2.layouts("train").get(0)))
        .isInstanceOf(UserError.class)
        .hasMessage("x.tsv:3: label '' is not one of the task's: 0, 1");
  }
}
