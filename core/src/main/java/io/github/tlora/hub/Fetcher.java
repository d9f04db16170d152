package io.github.tlora.hub;

import io.github.tlora.UserError;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;

/** Fetches tasks and models, several files side by side. */
public final class Fetcher {
  private final Sources sources;
  private final Web web;
  private final Meter meter;
  private final Disk disk;
  private final Retries retries;
  private final Semaphore connections;
  private final ExecutorService threads = Executors.newCachedThreadPool(Web::daemon);

  /**
   * A fetcher of this machine.
   *
   * @param parallel files at once
   * @param progress hears how far it is
   */
  public Fetcher(Sources sources, int parallel, Progress progress) {
    this(sources, parallel, progress, Patience.usual(), Disk.ofMachine());
  }

  Fetcher(Sources sources, int parallel, Progress progress, Patience patience, Disk disk) {
    this.sources = sources;
    this.web = new Web(sources, patience);
    this.meter = new Meter(progress);
    this.disk = disk;
    this.retries = new Retries(web, patience, meter);
    this.connections = new Semaphore(parallel);
  }

  /**
   * A model's files, into Hugging Face's cache.
   *
   * @param cache its directory
   * @param id on the hub
   * @param revision a branch, a tag or a commit
   * @param byHand a directory for files that are brought by hand, for messages
   * @throws UserError exit 3 when it cannot be had, exit 2 for what is no id
   */
  public Callable<Fetched> model(Path cache, String id, String revision, Path byHand) {
    HubCache.Model place = new HubCache(cache).model(id);
    return new ModelDownload(this, place, id, revision, byHand)::fetch;
  }

  /**
   * A task's files as GLUE distributes them.
   *
   * @param data the directory of all tasks; they go into the one called like the task
   * @throws UserError exit 3 when they cannot be had
   */
  public Callable<Fetched> task(Path data, GlueFiles files) {
    return new GlueDownload(this, data, files)::fetch;
  }

  /**
   * Does all of {@code work} at once. The first that fails stops the others and is thrown.
   *
   * @return the results, in order
   */
  public <T> List<T> together(List<Callable<T>> work) {
    CompletionService<T> running = new ExecutorCompletionService<>(threads);
    List<Future<T>> futures = new ArrayList<>();
    work.forEach(one -> futures.add(running.submit(one)));
    try {
      for (int i = 0; i < work.size(); i++) {
        running.take().get();
      }
      List<T> results = new ArrayList<>();
      for (Future<T> future : futures) {
        results.add(future.get());
      }
      return results;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted");
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause
          ? cause
          : new IllegalStateException(e.getCause());
    } finally {
      futures.forEach(future -> future.cancel(true));
    }
  }

  Sources sources() {
    return sources;
  }

  Web web() {
    return web;
  }

  Meter meter() {
    return meter;
  }

  Disk disk() {
    return disk;
  }

  Retries retries() {
    return retries;
  }

  /** As {@link Download#into}, when one of the connections is free. */
  boolean bring(Download download, Path part, String name) throws InterruptedException {
    connections.acquire();
    try {
      return download.into(part, name, retries);
    } finally {
      connections.release();
    }
  }
}
