package io.github.tlora.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.github.tlora.Suggestion;
import io.github.tlora.UserError;
import io.github.tlora.data.Task;
import io.github.tlora.hub.Fetched;
import io.github.tlora.hub.Fetcher;
import io.github.tlora.hub.GlueFiles;
import io.github.tlora.hub.HubCache;
import io.github.tlora.hub.Progress;
import io.github.tlora.hub.Sources;
import io.github.tlora.model.KnownModels;
import io.github.tlora.model.ModelFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

/** Fetches data sets and models by their names, and lists those that are here. */
public final class GetRun {
  private GetRun() {}

  /**
   * Fetches every name's files.
   *
   * @param names tasks, and models as {@code id} or {@code id@revision}
   * @param parallel files at once
   * @param progress hears how far it is
   * @return what is here now, in the order of {@code names}
   * @throws UserError exit 2 for a name that is none, exit 3 for what cannot be had
   */
  public static List<Fetched> get(
      List<String> names,
      Sources sources,
      int parallel,
      Environment environment,
      Progress progress) {
    Fetcher fetcher = new Fetcher(sources, parallel, progress);
    List<Callable<Fetched>> work = new ArrayList<>();
    for (String name : new LinkedHashSet<>(names)) {
      Optional<GlueFiles> task = task(name);
      work.add(
          task.isPresent()
              ? fetcher.task(environment.home().resolve("data"), task.get())
              : model(name, fetcher, environment));
    }
    return fetcher.together(work);
  }

  private static Optional<GlueFiles> task(String name) {
    try {
      return GlueFiles.named(Task.named(name).key());
    } catch (UserError e) {
      return Optional.empty(); // then it is a model
    }
  }

  private static Callable<Fetched> model(String name, Fetcher fetcher, Environment environment) {
    int at = name.indexOf('@');
    String given = at < 0 ? name : name.substring(0, at);
    String revision = at < 0 ? "main" : name.substring(at + 1);
    if (given.equals(ModelFiles.BUNDLED)) {
      throw UserError.usage("'bundled' comes with the tool: there is nothing to get");
    }
    String id = KnownModels.id(given).orElse(given);
    if (!id.contains("/")) {
      nearTo(id)
          .ifPresent(
              near -> {
                throw UserError.usage(
                    "'"
                        + id
                        + "' is neither a task nor a known model (did you mean '"
                        + near
                        + "'?). Tasks: "
                        + String.join(", ", Task.names())
                        + ". A model's name is written ORGANISATION/NAME");
              });
    }
    Path byHand = environment.home().resolve("models").resolve(id);
    return fetcher.model(environment.hub(), id, revision, byHand);
  }

  private static Optional<String> nearTo(String name) {
    return Suggestion.of(name, Task.names())
        .or(() -> Suggestion.of(name, KnownModels.names()))
        .filter(near -> !near.equals(name));
  }

  /**
   * What is here.
   *
   * @param home {@code $TLORA_HOME}
   * @param hub Hugging Face's cache
   */
  public record Listing(String home, String hub, List<Entry> entries) {}

  /**
   * One data set, model or cache.
   *
   * @param kind {@code task}, {@code model} or {@code cache}
   * @param bytes of its files
   * @param unfinishedBytes of parts that the next fetch goes on with
   * @param revisions commits of a model in Hugging Face's cache, with the names that lead to them
   */
  public record Entry(
      String kind,
      String name,
      String path,
      long bytes,
      long unfinishedBytes,
      @JsonInclude(JsonInclude.Include.NON_NULL) Map<String, List<String>> revisions) {}

  /** Lists data sets, models and the cache of tokens. */
  public static Listing list(Environment environment) {
    List<Entry> entries = new ArrayList<>();
    for (Path directory : directories(environment.home().resolve("data"))) {
      entries.add(entry("task", directory.getFileName().toString(), directory));
    }
    Path models = environment.home().resolve("models");
    for (Path directory : directories(models)) {
      checkpoints(directory)
          .forEach(path -> entries.add(entry("model", models.relativize(path).toString(), path)));
    }
    for (HubCache.Held held : new HubCache(environment.hub()).held()) {
      entries.add(
          new Entry(
              "model",
              held.id(),
              held.path().toString(),
              held.bytes(),
              held.unfinished(),
              held.revisions()));
    }
    Path tokens = environment.tokens().directory();
    if (Files.isDirectory(tokens)) {
      entries.add(entry("cache", "tokens", tokens));
    }
    return new Listing(environment.home().toString(), environment.hub().toString(), entries);
  }

  private static Entry entry(String kind, String name, Path path) {
    return new Entry(kind, name, path.toString(), bytes(path), 0, null);
  }

  /** {@code directory} or, where it is an organisation's, the models in it. */
  private static List<Path> checkpoints(Path directory) {
    return Files.exists(directory.resolve("config.json"))
        ? List.of(directory)
        : directories(directory).stream()
            .filter(inner -> Files.exists(inner.resolve("config.json")))
            .toList();
  }

  private static List<Path> directories(Path parent) {
    if (!Files.isDirectory(parent)) {
      return List.of();
    }
    try (Stream<Path> paths = Files.list(parent)) {
      return paths
          .filter(path -> Files.isDirectory(path) && !path.getFileName().toString().startsWith("."))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UserError(UserError.Kind.FILE, parent + ": cannot be listed", e);
    }
  }

  private static long bytes(Path directory) {
    try (Stream<Path> paths = Files.walk(directory)) {
      return paths.filter(Files::isRegularFile).mapToLong(path -> path.toFile().length()).sum();
    } catch (IOException | UncheckedIOException e) {
      throw new UserError(UserError.Kind.FILE, directory + ": cannot be listed", e);
    }
  }
}
