package io.github.tlora.hub;

import io.github.tlora.Sha256;
import io.github.tlora.hub.LoopbackServer.Reply;
import io.github.tlora.hub.LoopbackServer.Request;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;

/**
 * A model hub with one model, {@code org/tiny}, and a CDN on another port to which it redirects for
 * large files, as huggingface.co does. Each path can be told to misbehave a few times.
 */
final class FakeHub implements AutoCloseable {
  static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
  static final String ID = "org/tiny";

  private final Map<String, byte[]> files = new TreeMap<>();
  private final Map<String, Queue<BiFunction<Request, Reply, Reply>>> faults =
      new ConcurrentHashMap<>();
  private final LoopbackServer cdn = new LoopbackServer(this::content);
  private final LoopbackServer hub = new LoopbackServer(this::answer);

  /** Adds a file; those of weights are large. */
  FakeHub with(String name, byte[] content) {
    files.put(name, content);
    return this;
  }

  FakeHub with(String name, String content) {
    return with(name, content.getBytes(StandardCharsets.UTF_8));
  }

  /** The next answer for {@code name} is what {@code fault} makes of the right one. */
  FakeHub failing(String name, BiFunction<Request, Reply, Reply> fault) {
    faults.computeIfAbsent(name, key -> new ArrayDeque<>()).add(fault);
    return this;
  }

  LoopbackServer hub() {
    return hub;
  }

  LoopbackServer cdn() {
    return cdn;
  }

  /** How often the content of {@code name} was asked for. */
  List<Request> requests(String name) {
    List<Request> all = new ArrayList<>();
    for (LoopbackServer server : List.of(hub, cdn)) {
      server.requests().stream().filter(r -> r.path().endsWith("/" + name)).forEach(all::add);
    }
    return all;
  }

  static boolean isLarge(String name) {
    return name.endsWith(".safetensors") || name.endsWith(".bin");
  }

  static String gitBlob(byte[] content) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-1");
      digest.update(("blob " + content.length + "\0").getBytes(StandardCharsets.US_ASCII));
      return HexFormat.of().formatHex(digest.digest(content));
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private Reply answer(Request request) {
    String path = request.path();
    if (path.startsWith("/api/models/" + ID + "/revision/")) {
      return failed("revision", request, Reply.of(200, "{\"sha\": \"" + COMMIT + "\"}"));
    }
    if (path.equals("/api/models/" + ID + "/tree/" + COMMIT)) {
      return failed("tree", request, Reply.of(200, "[" + String.join(",", tree()) + "]"));
    }
    if (path.startsWith("/" + ID + "/resolve/" + COMMIT + "/")) {
      String name = path.substring(path.lastIndexOf('/') + 1);
      return isLarge(name)
          ? Reply.of(302, "").with("Location", cdn.uri() + "/signed/" + name + "?secret=1")
          : content(request);
    }
    return Reply.of(404, "{}").with("X-Error-Code", "RepoNotFound");
  }

  private List<String> tree() {
    List<String> entries = new ArrayList<>();
    entries.add("{\"type\":\"directory\",\"oid\":\"" + COMMIT + "\",\"size\":0,\"path\":\"onnx\"}");
    files.forEach(
        (name, content) -> {
          String lfs =
              "\"lfs\":{\"oid\":\"" + Sha256.of(content) + "\",\"size\":" + content.length + "}";
          entries.add(
              "{\"type\":\"file\",\"oid\":\""
                  + gitBlob(content)
                  + "\",\"size\":"
                  + content.length
                  + ",\"path\":\""
                  + name
                  + "\""
                  + (isLarge(name) ? "," + lfs : "")
                  + "}");
        });
    return entries;
  }

  private Reply content(Request request) {
    String name = request.path().substring(request.path().lastIndexOf('/') + 1);
    byte[] content = files.get(name);
    return content == null
        ? Reply.of(404, "").with("X-Error-Code", "EntryNotFound")
        : failed(name, request, LoopbackServer.ranged(request, content));
  }

  private Reply failed(String name, Request request, Reply right) {
    Queue<BiFunction<Request, Reply, Reply>> queue = faults.get(name);
    BiFunction<Request, Reply, Reply> fault = queue == null ? null : queue.poll();
    return fault == null ? right : fault.apply(request, right);
  }

  @Override
  public void close() {
    hub.close();
    cdn.close();
  }
}
