package ai.djl.pytorch.jni;

import ai.djl.pytorch.engine.PtSymbolBlock;

/**
 * Calls a method of a loaded TorchScript module with autograd on.
 *
 * <p>It stands in this package because DJL's public way ({@code IValueUtils.forward}) runs every
 * method in inference mode, which cuts the gradient; the call below is the same one with {@code
 * isTrain = true}.
 */
public final class OpInvoker {
  private OpInvoker() {}

  /** Runs {@code method} of {@code module}; the caller closes the result. */
  public static IValue invoke(PtSymbolBlock module, String method, IValue... inputs) {
    long[] handles = new long[inputs.length];
    for (int i = 0; i < inputs.length; i++) {
      handles[i] = inputs[i].getHandle();
    }
    return new IValue(
        PyTorchLibrary.LIB.moduleRunMethod(module.getHandle(), method, handles, true, false));
  }
}
