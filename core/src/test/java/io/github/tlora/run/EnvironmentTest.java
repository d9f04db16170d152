package io.github.tlora.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EnvironmentTest {
  private static final Path USER = Path.of("/users/me");

  private static Path hub(Map<String, String> variables) {
    return Environment.of(variables, USER).hub();
  }

  @Test
  void places_are_under_the_user_s_cache() {
    Environment places = Environment.of(Map.of(), USER);
    assertThat(places.home()).isEqualTo(Path.of("/users/me/.cache/tlora"));
    assertThat(places.hub()).isEqualTo(Path.of("/users/me/.cache/huggingface/hub"));
    assertThat(places.device()).isEqualTo("cpu");
    assertThat(places.threads()).isNull();
  }

  @Test
  void hugging_face_s_own_variables_say_where_its_cache_is() {
    assertThat(hub(Map.of("XDG_CACHE_HOME", "/x"))).isEqualTo(Path.of("/x/huggingface/hub"));
    assertThat(hub(Map.of("HF_HOME", "/h", "XDG_CACHE_HOME", "/x"))).isEqualTo(Path.of("/h/hub"));
    assertThat(hub(Map.of("HF_HUB_CACHE", "/c", "HF_HOME", "/h"))).isEqualTo(Path.of("/c"));
    assertThat(hub(Map.of("HF_HOME", "~/h"))).isEqualTo(Path.of("/users/me/h/hub"));
    assertThat(hub(Map.of("HF_HOME", " "))).isEqualTo(Path.of("/users/me/.cache/huggingface/hub"));
  }

  @Test
  void the_tool_s_home_is_a_variable_too() {
    assertThat(Environment.of(Map.of("TLORA_HOME", "/t"), USER).home()).isEqualTo(Path.of("/t"));
  }
}
