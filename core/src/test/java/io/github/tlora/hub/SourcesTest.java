package io.github.tlora.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tlora.UserError;
import io.github.tlora.hub.LoopbackServer.Reply;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Endpoint, token, mirror and proxies, as the environment names them. */
class SourcesTest {
  private static final Map<String, String> PROXIES =
      Map.of(
          "HTTPS_PROXY", "proxy.test:3128",
          "http_proxy", "http://other.test",
          "NO_PROXY", "localhost, .inner.test,10.0.0.1");

  private static Proxy proxy(Map<String, String> variables, String uri) {
    return Proxies.of(variables).select(URI.create(uri)).get(0);
  }

  private static Proxy at(String host, int port) {
    return new Proxy(Proxy.Type.HTTP, new InetSocketAddress(host, port));
  }

  @Test
  void the_hub_is_hugging_face_s_unless_told_otherwise() {
    assertThat(Sources.of(Map.of()).endpoint()).isEqualTo(URI.create("https://huggingface.co"));
    assertThat(Sources.of(Map.of("HF_ENDPOINT", "https://mirror.test/hf/")).endpoint())
        .isEqualTo(URI.create("https://mirror.test/hf"));
    assertThat(Sources.of(Map.of("HF_TOKEN", " ")).token()).isNull();
  }

  @Test
  void a_token_that_login_has_kept_is_taken_unless_one_is_given(@TempDir Path user)
      throws IOException {
    assertThat(Sources.of(Map.of(), user).token()).isNull();
    Path home = Files.createDirectories(user.resolve(".cache/huggingface"));
    Files.writeString(home.resolve("token"), "hf_kept\n");
    assertThat(Sources.of(Map.of(), user).token()).isEqualTo("hf_kept");
    assertThat(Sources.of(Map.of("HF_TOKEN", "hf_given"), user).token()).isEqualTo("hf_given");
    Path other = Files.createDirectories(user.resolve("other"));
    assertThat(Sources.of(Map.of("HF_HOME", "~/other"), user).token()).isNull();
    Files.writeString(other.resolve("token"), "hf_other");
    assertThat(Sources.of(Map.of("HF_HOME", "~/other"), user).token()).isEqualTo("hf_other");
    String path = home.resolve("token").toString();
    assertThat(Sources.of(Map.of("HF_HOME", "~/other", "HF_TOKEN_PATH", path), user).token())
        .isEqualTo("hf_kept");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "ON", "Yes", "true"})
  void offline_is_said_as_hugging_face_does(String yes) {
    assertThat(Sources.of(Map.of("HF_HUB_OFFLINE", yes)).isOffline()).isTrue();
    assertThat(Sources.of(Map.of("HF_HUB_OFFLINE", "0")).isOffline()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"mirror", "ftp://host", "https://", "http://a b"})
  void an_endpoint_that_is_no_address_is_wrong_usage(String value) {
    assertThatThrownBy(() -> Sources.of(Map.of("HF_ENDPOINT", value)))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("HF_ENDPOINT: '")
        .hasMessageContaining("is no address");
  }

  @Test
  void a_mirror_that_is_no_directory_is_wrong_usage() {
    assertThatThrownBy(() -> Sources.of(Map.of(Sources.GLUE_URL, "no/such")))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("TLORA_GLUE_URL: 'no/such' is no directory");
  }

  @Test
  void proxies_are_chosen_by_scheme_and_host() {
    assertThat(proxy(PROXIES, "https://hub.test/x")).isEqualTo(at("proxy.test", 3128));
    assertThat(proxy(PROXIES, "http://hub.test/x")).isEqualTo(at("other.test", 80));
    for (String direct : new String[] {"localhost", "a.inner.test", "inner.test", "10.0.0.1"}) {
      assertThat(proxy(PROXIES, "https://" + direct + "/x")).isEqualTo(Proxy.NO_PROXY);
    }
    assertThat(proxy(PROXIES, "https://winner.test/x")).isEqualTo(at("proxy.test", 3128));
    assertThat(proxy(Map.of("https_proxy", "p:1", "no_proxy", "*"), "https://h/"))
        .isEqualTo(Proxy.NO_PROXY);
  }

  @Test
  void a_proxy_of_another_kind_is_refused_without_its_password() {
    assertThatThrownBy(() -> Proxies.of(Map.of("HTTPS_PROXY", "socks5://me:secret@host:1080")))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("HTTPS_PROXY: is not the address of an HTTP proxy")
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("secret"));
  }

  @Test
  void a_fetch_goes_through_the_proxy_with_its_password(@TempDir Path folder) {
    String login =
        "Basic " + Base64.getEncoder().encodeToString("me:pw".getBytes(StandardCharsets.UTF_8));
    try (LoopbackServer proxy =
        new LoopbackServer(
            request ->
                login.equals(request.headers().get("proxy-authorization"))
                    ? Reply.of(404, "").with("X-Error-Code", "RepoNotFound")
                    : Reply.of(407, "").with("Proxy-Authenticate", "Basic realm=\"x\""))) {
      String address = "http://me:pw@127.0.0.1:" + proxy.uri().getPort();
      Fetching fetching =
          Fetching.with(Map.of("HF_ENDPOINT", "http://hub.test", "HTTP_PROXY", address));
      assertThatThrownBy(() -> fetching.model(folder))
          .hasMessageContaining("there is no such model on http://hub.test");
      assertThat(proxy.requests())
          .isNotEmpty()
          .allSatisfy(
              r -> assertThat(r.target()).startsWith("http://hub.test/api/models/org/tiny"));
    }
  }
}
