package io.github.tlora.cli;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;

/**
 * Who answers SIGINT, SIGTERM and SIGHUP. The JVM's own answer ends in exit(3), which unloads the
 * engine while its threads compute, and now and then they crash. So the system ends the process at
 * once, as it ends any other, but where somebody finishes a step first.
 *
 * <p>{@code sun.misc.Signal} is the only way to it; it is called by name, for the compiler warns of
 * it. Where it is not there, or the JVM was started with -Xrs, all stays as it is.
 */
final class Signals {
  private static final List<String> NAMES = List.of("INT", "TERM", "HUP");

  /** What a shell adds to a signal's number. */
  private static final int SIGNALLED = 128;

  private Signals() {}

  /** The system ends the process; no hook runs. */
  static void endTheProcess() {
    answer(handler -> handler.getField("SIG_DFL").get(null));
  }

  /** The JVM runs its shutdown hooks, and ends with 128 and the signal's number. */
  static void runHooks() {
    InvocationHandler exits =
        (proxy, method, args) -> {
          Object number = args[0].getClass().getMethod("getNumber").invoke(args[0]);
          Runtime.getRuntime().exit(SIGNALLED + (int) number);
          return null;
        };
    answer(
        handler ->
            Proxy.newProxyInstance(handler.getClassLoader(), new Class<?>[] {handler}, exits));
  }

  /** Makes a {@code sun.misc.SignalHandler}. */
  private interface Answer {
    Object of(Class<?> handler) throws ReflectiveOperationException;
  }

  private static void answer(Answer answer) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Method handle = signal.getMethod("handle", signal, handler);
      for (String name : NAMES) {
        Object of = signal.getConstructor(String.class).newInstance(name);
        handle.invoke(null, of, answer.of(handler));
      }
    } catch (ReflectiveOperationException e) {
      return; // the JVM goes on to answer
    }
  }
}
