package io.github.tlora.hub;

import io.github.tlora.UserError;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Where things are fetched from.
 *
 * @param endpoint the model hub, without a slash at its end
 * @param token proves to the hub who asks; null asks as anybody
 * @param isOffline whether no network may be used
 * @param glue the directory of GLUE's archives, with a slash at its end
 * @param senteval the directory of MRPC's texts, with a slash at its end
 * @param proxies what lies between
 */
public record Sources(
    URI endpoint, String token, boolean isOffline, URI glue, URI senteval, Proxies proxies) {
  /** The variable that names a mirror of GLUE's files. */
  public static final String GLUE_URL = "TLORA_GLUE_URL";

  private static final String FACEBOOK = "https://dl.fbaipublicfiles.com/";
  private static final Set<String> TRUE = Set.of("1", "on", "yes", "true"); // as huggingface_hub

  /**
   * What {@code variables} say: {@code HF_ENDPOINT}, {@code HF_TOKEN}, {@code HF_HUB_OFFLINE},
   * {@code TLORA_GLUE_URL} and the proxies' own.
   *
   * @throws UserError exit 2 for a value that is no address
   */
  public static Sources of(Map<String, String> variables) {
    String endpoint = value(variables, "HF_ENDPOINT", "https://huggingface.co");
    String token = value(variables, "HF_TOKEN", null);
    String offline = value(variables, "HF_HUB_OFFLINE", "").toLowerCase(Locale.ROOT);
    Sources sources =
        new Sources(
            web("HF_ENDPOINT", endpoint.replaceAll("/+$", "")),
            token,
            TRUE.contains(offline),
            URI.create(FACEBOOK + "glue/data/"),
            URI.create(FACEBOOK + "senteval/senteval_data/"),
            Proxies.of(variables));
    String mirror = value(variables, GLUE_URL, null);
    return mirror == null ? sources : sources.withGlue(GLUE_URL, mirror);
  }

  /**
   * As {@link #of(Map)}; without {@code HF_TOKEN} the token is the one that Hugging Face's login
   * has kept: in {@code HF_TOKEN_PATH}, else in the file {@code token} of {@code HF_HOME}.
   *
   * @param user the directory of the user's own files
   */
  public static Sources of(Map<String, String> variables, Path user) {
    Sources sources = of(variables);
    if (sources.token() != null) {
      return sources;
    }
    Path cache = path(variables, "XDG_CACHE_HOME", user.resolve(".cache"), user);
    Path home = path(variables, "HF_HOME", cache.resolve("huggingface"), user);
    Path file = path(variables, "HF_TOKEN_PATH", home.resolve("token"), user);
    return sources.withToken(kept(file));
  }

  private static Path path(Map<String, String> variables, String name, Path otherwise, Path user) {
    String value = value(variables, name, null);
    return value == null
        ? otherwise
        : value.startsWith("~/") ? user.resolve(value.substring(2)) : Path.of(value);
  }

  /** The token in {@code file}; null where there is none that can be read. */
  private static String kept(Path file) {
    try {
      String token = Files.isRegularFile(file) ? Files.readString(file).strip() : "";
      return token.isEmpty() ? null : token;
    } catch (IOException e) {
      return null; // asking as anybody says what is missing
    }
  }

  private Sources withToken(String other) {
    return new Sources(endpoint, other, isOffline, glue, senteval, proxies);
  }

  private static String value(Map<String, String> variables, String name, String otherwise) {
    String value = variables.getOrDefault(name, "").strip();
    return value.isEmpty() ? otherwise : value;
  }

  /**
   * These, with all of GLUE's files and MRPC's in one directory of a mirror.
   *
   * @param setting what named it, for messages
   * @param directory an address with {@code https:}, {@code http:} or {@code file:}, or a path
   * @throws UserError exit 2 when it is neither
   */
  public Sources withGlue(String setting, String directory) {
    boolean isPath = !directory.matches("[A-Za-z][A-Za-z0-9+.-]+:.*");
    URI base =
        isPath
            ? Path.of(directory).toUri()
            : directory.startsWith("file:") ? uri(setting, directory) : web(setting, directory);
    if (isPath && !Files.isDirectory(Path.of(directory))) {
      throw UserError.usage(
          setting
              + ": '"
              + directory
              + "' is no directory. Give one that holds GLUE's archives, or its address");
    }
    URI whole = base.toString().endsWith("/") ? base : URI.create(base + "/");
    return new Sources(endpoint, token, isOffline, whole, whole, proxies);
  }

  private static URI web(String setting, String value) {
    URI uri = uri(setting, value);
    if (uri.getHost() == null || !("https".equals(uri.getScheme()) || isHttp(uri))) {
      throw noAddress(setting, value);
    }
    return uri;
  }

  private static boolean isHttp(URI uri) {
    return "http".equals(uri.getScheme());
  }

  private static URI uri(String setting, String value) {
    try {
      return URI.create(value);
    } catch (IllegalArgumentException e) {
      throw noAddress(setting, value);
    }
  }

  private static UserError noAddress(String setting, String value) {
    return UserError.usage(
        setting + ": '" + value + "' is no address. Write it as in https://host/path");
  }
}
