package io.github.tlora.hub;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.tlora.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** One model on its way from the hub into Hugging Face's cache. */
final class ModelDownload {
  private static final Pattern ID =
      Pattern.compile("[A-Za-z0-9][\\w.-]{0,95}(/[A-Za-z0-9_][\\w.-]{0,95})?");
  private static final Pattern REVISION = Pattern.compile("[\\w][\\w.-]*(/[\\w][\\w.-]*)*");
  private static final String VARIABLE = "HF_HUB_CACHE";

  private final Fetcher fetcher;
  private final HubCache.Model place;
  private final String id;
  private final String revision;
  private final Path byHand;
  private final HubApi hub;
  private final AtomicBoolean brought = new AtomicBoolean();

  ModelDownload(Fetcher fetcher, HubCache.Model place, String id, String revision, Path byHand) {
    if (!ID.matcher(id).matches() || id.contains("..") || id.contains("--")) {
      throw UserError.usage(
          "'"
              + id
              + "' is no model's name. Write ORGANISATION/NAME as on the hub, with @REVISION if need"
              + " be");
    }
    if (!REVISION.matcher(revision).matches() || revision.contains("..")) {
      throw UserError.usage(
          "'" + revision + "' is no revision. Write a branch, a tag or a commit after the @");
    }
    this.fetcher = fetcher;
    this.place = place;
    this.id = id;
    this.revision = revision;
    this.byHand = byHand;
    this.hub = new HubApi(fetcher, id, revision, howByHand());
  }

  private String howByHand() {
    return "bring "
        + "config.json, the tokenizer's files and model.safetensors of "
        + fetcher.sources().endpoint()
        + "/"
        + id
        + "/tree/"
        + revision
        + " to "
        + byHand
        + ", or copy "
        + place.folder()
        + " from a machine that has it";
  }

  Fetched fetch() throws InterruptedException {
    if (fetcher.sources().isOffline()) {
      return offline();
    }
    String commit = hub.commit();
    ModelFileList files = hub.files(commit);
    List<ModelFileList.Entry> needed = new ArrayList<>(files.small());
    ModelFileList.Entry weights = files.weights().orElseThrow(() -> noWeights(files));
    if (!files.files().containsKey("config.json")) {
      throw UserError.file(hub.wanted().name() + ": has no config.json, so it is no checkpoint");
    }
    if (ModelFileList.isIndex(weights)) {
      bring(commit, List.of(weights));
      needed.addAll(shards(files, commit, weights.name()));
    }
    needed.add(weights);
    bring(commit, needed);
    try {
      place.refer(revision, commit);
    } catch (IOException e) {
      throw unwritable(e);
    }
    return fetched(commit, needed);
  }

  private UserError noWeights(ModelFileList files) {
    List<String> others = files.files().keySet().stream().filter(f -> !f.startsWith(".")).toList();
    return UserError.file(
        hub.wanted().name()
            + ": has no model.safetensors and no pytorch_model.bin, whole or in shards, at its top."
            + " It has: "
            + UserError.several(others, 12));
  }

  private List<ModelFileList.Entry> shards(ModelFileList files, String commit, String index) {
    Path file = place.snapshot(commit).resolve(index);
    Set<String> names = new TreeSet<>();
    try {
      JsonNode map = new JsonMapper().readTree(file.toFile()).path("weight_map");
      map.forEach(node -> names.add(node.asText()));
    } catch (IOException e) {
      throw UserError.file(hub.wanted().name() + ": its " + index + " is not JSON");
    }
    List<ModelFileList.Entry> shards = new ArrayList<>();
    for (String name : names) {
      if (!ModelFileList.isShard(name) || !files.files().containsKey(name)) {
        throw UserError.file(
            hub.wanted().name() + ": its " + index + " names '" + name + "', which it has not");
      }
      shards.add(files.files().get(name));
    }
    return shards;
  }

  /** Brings what is not here, all at once, and links it into the snapshot. */
  private void bring(String commit, List<ModelFileList.Entry> entries) {
    List<ModelFileList.Entry> absent = new ArrayList<>();
    long bytes = 0;
    Set<Checksum> seen = new HashSet<>(); // files of the same content share a blob
    for (ModelFileList.Entry entry : entries) {
      if (seen.add(entry.checksum()) && !isHere(entry)) {
        absent.add(entry);
        fetcher.meter().expect(entry.size());
        bytes += entry.size() - place.part(entry.checksum()).toFile().length();
      }
    }
    fetcher.disk().require(place.blobs(), Math.max(bytes, 0), VARIABLE);
    List<Callable<Void>> work = new ArrayList<>();
    for (ModelFileList.Entry entry : absent) {
      work.add(
          () -> {
            bring(commit, entry);
            return null;
          });
    }
    fetcher.together(work);
    try {
      for (ModelFileList.Entry entry : entries) {
        place.link(commit, entry.name(), entry.checksum());
      }
    } catch (IOException e) {
      throw unwritable(e);
    }
    if (!absent.isEmpty()) {
      brought.set(true);
    }
  }

  /** Whether the blob is here with the hash that its name says; a damaged one is removed. */
  private boolean isHere(ModelFileList.Entry entry) {
    Path blob = place.blob(entry.checksum());
    try {
      if (!Files.isRegularFile(blob)) {
        return false;
      }
      if (entry.checksum().fits(blob)) {
        return true;
      }
      fetcher.meter().note(entry.name() + ": is here but damaged; fetching it again");
      Files.delete(blob);
      return false;
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  private void bring(String commit, ModelFileList.Entry entry) throws InterruptedException {
    Path part = place.part(entry.checksum());
    try {
      boolean whole = arrive(commit, entry, part);
      if (!entry.checksum().fits(part)) {
        Files.delete(part);
        if (whole) {
          throw wrong(entry);
        }
        fetcher.meter().note(entry.name() + ": has another hash than the hub's; beginning again");
        fetcher.meter().found(-entry.size());
        if (!arrive(commit, entry, part) || !entry.checksum().fits(part)) {
          Files.delete(part);
          throw wrong(entry);
        }
      }
      HubCache.rename(part, place.blob(entry.checksum()));
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  private boolean arrive(String commit, ModelFileList.Entry entry, Path part)
      throws InterruptedException {
    Download download =
        new Download(
            fetcher.web(),
            fetcher.meter(),
            hub.wanted(),
            hub.file(commit, entry.name()),
            entry.size());
    return fetcher.bring(download, part, entry.name());
  }

  private UserError wrong(ModelFileList.Entry entry) {
    return UserError.file(
        hub.wanted().name()
            + ": what came as "
            + entry.name()
            + " has not the "
            + entry.checksum().algorithm()
            + " that the hub gives ("
            + entry.checksum().hex()
            + "). It was thrown away. Try again later, or check proxy and HF_ENDPOINT");
  }

  private UserError unwritable(IOException e) {
    return new UserError(
        UserError.Kind.FILE,
        place.folder() + ": cannot be written (" + e.getMessage() + "). Check its permissions",
        e);
  }

  private Fetched fetched(String commit, List<ModelFileList.Entry> entries) {
    List<Fetched.File> files =
        entries.stream().map(entry -> new Fetched.File(entry.name(), entry.size(), null)).toList();
    Map<String, String> checksums = new TreeMap<>();
    entries.forEach(entry -> checksums.put(entry.name(), entry.checksum().hex()));
    String path = place.snapshot(commit).toString();
    return Fetched.of(id, "model", path, commit, !brought.get(), files, checksums);
  }

  /** What is here, when nothing may be asked. */
  private Fetched offline() {
    String commit = place.commit(revision);
    Path snapshot = commit == null ? null : place.snapshot(commit);
    if (snapshot == null || !HubCache.isCheckpoint(snapshot)) {
      throw UserError.file(
          hub.wanted().name()
              + ": is not here, and HF_HUB_OFFLINE forbids to fetch it. Unset it, or "
              + howByHand());
    }
    try (Stream<Path> paths = Files.list(snapshot)) {
      List<Fetched.File> files =
          paths
              .sorted()
              .map(p -> new Fetched.File(p.getFileName().toString(), p.toFile().length(), null))
              .toList();
      return Fetched.of(id, "model", snapshot.toString(), commit, true, files, Map.of());
    } catch (IOException e) {
      throw new UserError(UserError.Kind.FILE, snapshot + ": cannot be listed", e);
    }
  }
}
