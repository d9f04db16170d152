package io.github.tlora.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tlora.UserError;
import io.github.tlora.adapter.Lora;
import io.github.tlora.adapter.Method;
import io.github.tlora.adapter.TLora;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What no record of the tool needs yet, on records of its own. */
class BinderTest {
  public enum Order {
    AS_IS,
    BY_NAME
  }

  public record Span(Integer first, Integer last) {
    public Span {
      if (first != null && last != null && first > last) {
        throw new IllegalArgumentException("the span ends before it begins");
      }
    }
  }

  public record Plan(Order sortOrder, Span span, List<Span> spans, List<Method> parts) {}

  private static Object bind(String yaml) {
    Problems problems = new Problems();
    Object plan =
        new Binder(Plan.class, problems)
            .bind(ConfigReader.file("x.yaml", yaml, problems).orElseThrow());
    problems.throwIfAny();
    return plan;
  }

  @Test
  void constants_are_written_in_kebab_case() {
    assertThat(bind("sort_order: by-name")).isEqualTo(new Plan(Order.BY_NAME, null, null, null));
    assertThatThrownBy(() -> bind("sort_order: by_name"))
        .isInstanceOf(UserError.class)
        .hasMessage("x.yaml:1: sort_order must be one of (as-is, by-name), got \"by_name\"");
  }

  @Test
  void a_list_may_hold_groups_and_methods() {
    assertThat(bind("spans: [{last: 3}]\nparts: [{rank: 2}, {method: lora, rank: 3}]"))
        .isEqualTo(
            new Plan(
                null,
                null,
                List.of(new Span(null, 3)),
                List.of(new TLora(2, null, null, null), new Lora(3, null, null, null))));
    assertThatThrownBy(() -> bind("spans: [{last: x}, 3, ~]\nparts: [{ranks: 2}]"))
        .isInstanceOf(UserError.class)
        .hasMessage(
            """
            x.yaml:1: spans.0.last must be a whole number, got "x"
            x.yaml:1: spans.1 must be a group of settings, got 3
            x.yaml:1: spans.2 must be a group of settings, got null
            x.yaml:2: unknown key 'parts.0.ranks' (did you mean 'rank'?). \
            Known keys: alpha, alpha_decays, alpha_learning_rate, dropout, dropout_on, init, method, \
            rank, store_fixed, \
            targets""");
  }

  @Test
  void a_rule_about_several_settings_is_told_with_their_group() {
    assertThatThrownBy(() -> bind("sort_order: as-is\nspan:\n  first: 3\n  last: 2"))
        .isInstanceOf(UserError.class)
        .hasMessage("x.yaml:2: span: the span ends before it begins");
  }
}
