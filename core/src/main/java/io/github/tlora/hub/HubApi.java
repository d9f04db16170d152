package io.github.tlora.hub;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.tlora.UserError;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the hub says of one model: its commits and their files. */
final class HubApi {
  private static final JsonMapper JSON = new JsonMapper();
  private static final int LARGEST = 1 << 25;
  private static final Pattern SHA1 = Pattern.compile("[0-9a-f]{40}");
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern NEXT = Pattern.compile("<([^>]+)>;\\s*rel=\"next\"");

  private final Fetcher fetcher;
  private final String id;
  private final String revision;
  private final Wanted wanted;

  /**
   * Asks for {@code id} at {@code revision}.
   *
   * @param byHand what to do without a network
   */
  HubApi(Fetcher fetcher, String id, String revision, String byHand) {
    this.fetcher = fetcher;
    this.id = id;
    this.revision = revision;
    this.wanted = new Wanted("model '" + id + "'", this::refusal, byHand);
  }

  Wanted wanted() {
    return wanted;
  }

  /** The commit that the revision is now. */
  String commit() throws InterruptedException {
    URI uri = URI.create(api() + "/revision/" + encoded(revision));
    String commit = json(uri).body().path("sha").asText();
    if (!SHA1.matcher(commit).matches()) {
      throw strange("gives no commit of '" + revision + "'");
    }
    return commit;
  }

  /** The files at the top of {@code commit}. */
  ModelFileList files(String commit) throws InterruptedException {
    List<ModelFileList.Entry> entries = new ArrayList<>();
    URI page = URI.create(api() + "/tree/" + commit);
    while (page != null) {
      Document document = json(page);
      document.body().forEach(node -> add(node, entries));
      page = document.next();
    }
    return ModelFileList.of(entries);
  }

  /** Where {@code name} of {@code commit} is. */
  URI file(String commit, String name) {
    return URI.create(page() + "/resolve/" + commit + "/" + encoded(name));
  }

  /** The model's page, for people. */
  String page() {
    return fetcher.sources().endpoint() + "/" + id;
  }

  private String api() {
    return fetcher.sources().endpoint() + "/api/models/" + id;
  }

  private static String encoded(String part) {
    return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private void add(JsonNode node, List<ModelFileList.Entry> entries) {
    if (!node.path("type").asText().equals("file")) {
      return;
    }
    String name = node.path("path").asText();
    JsonNode lfs = node.path("lfs");
    boolean isLarge = lfs.isObject();
    String hash = isLarge ? lfs.path("oid").asText() : node.path("oid").asText();
    long size = isLarge ? lfs.path("size").asLong(-1) : node.path("size").asLong(-1);
    if (!(isLarge ? SHA256 : SHA1).matcher(hash).matches() || size < 0) {
      throw strange("gives no hash or no size of " + name);
    }
    Checksum.Kind kind = isLarge ? Checksum.Kind.SHA256 : Checksum.Kind.GIT_BLOB;
    entries.add(new ModelFileList.Entry(name, size, new Checksum(kind, hash)));
  }

  private UserError strange(String what) {
    return UserError.file(
        wanted.name()
            + ": "
            + fetcher.sources().endpoint()
            + " "
            + what
            + ": it does not answer as the hub does. Check HF_ENDPOINT");
  }

  /** A page of an answer, and where the next one is; null after the last. */
  private record Document(JsonNode body, URI next) {}

  private Document json(URI uri) throws InterruptedException {
    return fetcher
        .retries()
        .run(
            wanted,
            uri.getHost(),
            () -> 0,
            () -> {
              try (Answer answer = fetcher.web().get(uri, Map.of())) {
                if (answer.status() != 200) {
                  throw refusal(answer);
                }
                return document(answer);
              }
            });
  }

  private Document document(Answer answer) throws IOException {
    byte[] bytes = answer.body().readNBytes(LARGEST);
    try {
      Matcher next = NEXT.matcher(answer.header("link").orElse(""));
      URI page = next.find() ? answer.uri().resolve(next.group(1)) : null;
      JsonNode body = JSON.readTree(bytes);
      if (body == null || !body.isContainerNode()) {
        throw strange("answers something other than JSON");
      }
      return new Document(body, page);
    } catch (com.fasterxml.jackson.core.JsonProcessingException | IllegalArgumentException e) {
      throw strange("answers something other than JSON");
    }
  }

  /** What an answer other than 200 means; the hub has a header that says more than the status. */
  private UserError refusal(Answer answer) {
    String code = answer.header("x-error-code").orElse("");
    boolean hasToken = fetcher.sources().token() != null;
    String token = hasToken ? "the token in HF_TOKEN is not let in" : "it asks for a token";
    String settings = fetcher.sources().endpoint() + "/settings/tokens";
    String what;
    if (code.equals("GatedRepo") || answer.status() == 403) {
      what =
          token
              + " (HTTP "
              + answer.status()
              + "). Accept the terms on "
              + page()
              + ", and set HF_TOKEN to a token of "
              + settings
              + " that may read it";
    } else if (code.equals("RevisionNotFound")) {
      what = "there is no revision '" + revision + "'. See " + page() + "/commits/main";
    } else if (code.equals("EntryNotFound")) {
      what = "a file that the hub lists is not there (HTTP 404). Try again later";
    } else if (answer.status() == 401) {
      what =
          "there is no such model on "
              + fetcher.sources().endpoint()
              + ", or it is private and "
              + token
              + " (HTTP 401). Check the name, and set HF_TOKEN to a token of "
              + settings;
    } else if (answer.status() == 404) {
      what =
          "there is no such model on "
              + fetcher.sources().endpoint()
              + " (HTTP 404). Write ORGANISATION/NAME as on the hub, with @REVISION if need be";
    } else {
      what =
          answer.uri().getHost()
              + " answers "
              + answer.status()
              + ". Check HF_ENDPOINT and proxies";
    }
    return UserError.file(wanted.name() + ": " + what);
  }
}
