package io.github.tlora.tensor;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.util.cuda.CudaUtils;
import io.github.tlora.UserError;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** The engine: started once a process, without network, on a device the user names. */
public final class Torch {
  private static volatile int threads; // 0 until it is set or asked for

  private Torch() {}

  private static final class Holder {
    static final NDManager PROCESS = started().newBaseManager(Device.cpu());
  }

  /** Runs once, on the thread that comes first; the others wait for it. */
  private static final FutureTask<Engine> ENGINE = new FutureTask<>(Torch::start);

  /** Starts the engine beside what the caller does next, so that {@link #newManager} finds it. */
  public static void startAhead() {
    Thread thread = new Thread(ENGINE, "tlora-engine");
    thread.setDaemon(true);
    thread.start();
  }

  private static Engine start() {
    // Before the first DJL class: never download, never call home.
    setIfAbsent("ai.djl.offline", "true");
    setIfAbsent("OPT_OUT_TRACKING", "true");
    setIfAbsent("RUST_FLAVOR", "cpu");
    try {
      return Engine.getEngine("PyTorch");
    } catch (EngineException | UnsatisfiedLinkError e) {
      throw new UserError(
          UserError.Kind.DEVICE,
          "engine: PyTorch did not start: "
              + rootMessage(e)
              + ". It needs Linux with glibc 2.34 or later, macOS on arm64, or Windows on x86-64",
          e);
    }
  }

  private static void setIfAbsent(String key, String value) {
    if (System.getProperty(key) == null) {
      System.setProperty(key, value);
    }
  }

  private static String rootMessage(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.getMessage();
  }

  /** The engine, whose native library every call needs: the first one starts it. */
  private static Engine started() {
    ENGINE.run(); // does nothing where it runs, or ran
    try {
      return ENGINE.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the engine starts", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UserError known) {
        throw known;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  /** A manager that lives as long as the process. */
  static NDManager processManager() {
    return Holder.PROCESS;
  }

  /**
   * A manager for long-lived arrays on {@code device}; the caller closes it.
   *
   * @param device {@code cpu} or {@code cuda[:i]}
   * @throws UserError exit 4 when the engine or the device is not there
   */
  public static NDManager newManager(String device) {
    NDManager manager = started().newBaseManager(device(started(), device));
    JniUtils.setGradMode(false); // the engine switches it off only for the thread that starts it
    return manager;
  }

  private static Device device(Engine engine, String name) {
    if (name.equals("cpu")) {
      return Device.cpu();
    }
    int index = name.contains(":") ? Integer.parseInt(name.substring(name.indexOf(':') + 1)) : 0;
    int count = engine.getGpuCount();
    if (index >= count) {
      throw new UserError(
          UserError.Kind.DEVICE,
          "device: '"
              + name
              + "' is not there: the engine sees "
              + count
              + " CUDA devices. Use --device cpu, or check the driver and CUDA libraries");
    }
    return Device.gpu(index);
  }

  /** Whether the arrays of {@code manager} are in the machine's own memory. */
  public static boolean isOnCpu(NDManager manager) {
    return manager.getDevice().equals(Device.cpu());
  }

  /**
   * Bytes in use on the GPU that the arrays of {@code manager} are on, by all processes; empty on a
   * CPU. PyTorch keeps what it once took: after training it is the most that training used.
   */
  public static OptionalLong gpuBytes(NDManager manager) {
    return isOnCpu(manager)
        ? OptionalLong.empty()
        : OptionalLong.of(CudaUtils.getGpuMemory(manager.getDevice()).getUsed());
  }

  /** Sets how many threads there are: for one operation, or for {@link Workers} to share. */
  public static void setThreads(int threads) {
    started();
    JniUtils.setNumThreads(threads);
    Torch.threads = threads;
  }

  /** How many threads there are: every core unless it was said otherwise. */
  public static synchronized int threads() {
    started();
    if (threads == 0) {
      threads = JniUtils.getNumThreads();
    }
    return threads;
  }

  /** Seeds what draws the dropout masks: the engine's own generator, and this thread's on a CPU. */
  public static void seed(long seed) {
    seed(seed, 0, 1, 1);
  }

  /**
   * Seeds this thread's dropout masks for some rows of a batch: it draws those rows of the masks
   * that {@link #seed} would have the whole batch draw.
   *
   * @param first the first of the rows
   * @param count how many there are
   * @param all rows of the batch
   */
  public static void seed(long seed, int first, int count, int all) {
    started();
    JniUtils.setSeed(seed);
    DropoutMask.seed(seed, new DropoutMask.RowRange(first, count, all));
  }

  /**
   * Marks a place in the stream of dropout masks, for {@link #replayDropout}.
   *
   * @param part tells apart places between which nothing was drawn on the CPU; from 0
   */
  public static long markDropout(int part) {
    long state = DropoutMask.state();
    // The engine cannot tell its own state, which counts on a GPU: it is given one.
    JniUtils.setSeed(state + part);
    return state;
  }

  /** Goes back to where {@link #markDropout} was called with the same part. */
  public static void replayDropout(long mark, int part) {
    DropoutMask.goBack(mark);
    JniUtils.setSeed(mark + part);
  }

  /** How many CUDA devices the engine sees. */
  public static int cudaDevices() {
    return started().getGpuCount();
  }

  /** The engine's name and version, such as {@code PyTorch 2.7.1}. */
  public static String version() {
    return started().getEngineName() + " " + started().getVersion();
  }
}
