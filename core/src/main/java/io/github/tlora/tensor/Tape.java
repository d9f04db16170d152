package io.github.tlora.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A step's operations that have a backward pass of their own, in the order of the forward pass:
 * what is frozen, and therefore known beforehand, takes less time and memory than autograd, and
 * packed products have no gradient there at all. Autograd's graph ends where such an operation
 * reads from it, and a new one begins with the result, so that the two mix freely. The backward
 * pass takes the operations from the last to the first.
 *
 * <p>A piece of autograd's graph must not be entered twice, since its values are given back as the
 * gradient goes through it. So what several operations read is cut itself, by {@link Scope#cut}.
 *
 * <p>On a CPU and in F32 only.
 */
final class Tape {
  private static final ThreadLocal<Tape> CURRENT = new ThreadLocal<>();

  private final List<Node> nodes = new ArrayList<>();
  private final IdentityHashMap<NDArray, Node> byResult = new IdentityHashMap<>();

  /** Where the gradient of an input goes on, which then belongs to it. */
  private interface Edge {
    void take(NDArray gradient);

    /** Gives up what it holds of its own; nothing where it is another operation of the tape. */
    default void close() {}
  }

  /**
   * An operation's backward pass.
   *
   * @param method whose {@code _gradient} it is
   * @param saved what the forward pass keeps for it
   */
  private record Backward(OpPack ops, String method, List<NDArray> saved, Object[] constants) {
    NDArray[] gradients(NDArray ofResult, boolean[] needed) {
      Object[] given =
          Stream.of(Stream.of(ofResult), saved.stream(), Arrays.stream(constants))
              .flatMap(part -> part)
              .toArray();
      return ops.tensors(ofResult.getManager(), method + "_gradient", with(given, needed));
    }
  }

  /** One operation, or none: a mere cut. */
  private static final class Node implements Edge {
    private final NDArray end; // where the graph after it begins
    private final NDArray result;
    private final List<Edge> inputs; // null for one that needs no gradient
    private final Backward backward; // null for a mere cut
    private NDArray gradient; // from its readers on the tape

    Node(NDArray end, NDArray result, List<Edge> inputs, Backward backward) {
      this.end = end;
      this.result = result;
      this.inputs = inputs;
      this.backward = backward;
    }

    @Override
    public void take(NDArray more) {
      if (gradient == null) {
        gradient = more;
      } else {
        OpPack.taped().count("add_to", gradient, more);
        more.close();
      }
    }

    void passOn() {
      if (OpPack.taped().count("holds_gradient", end) == 1) {
        take(end.getGradient());
      }
      if (gradient != null && backward == null) {
        inputs.get(0).take(gradient);
      } else if (gradient != null) {
        boolean[] needed = new boolean[inputs.size()];
        for (int i = 0; i < needed.length; i++) {
          needed[i] = inputs.get(i) != null;
        }
        NDArray[] gradients = backward.gradients(gradient, needed);
        gradient.close();
        for (int i = 0; i < needed.length; i++) {
          if (needed[i]) {
            inputs.get(i).take(gradients[i]);
          } else {
            gradients[i].close();
          }
        }
      }
      closeAll();
    }

    void closeAll() {
      end.close();
      inputs.stream().filter(Objects::nonNull).forEach(Edge::close);
      if (backward != null) {
        backward.saved().forEach(NDArray::close);
      }
    }
  }

  /** An end of autograd's graph. */
  private record Upper(NDArray end) implements Edge {
    @Override
    public void take(NDArray gradient) {
      Tape.backward(end, gradient);
      gradient.close();
    }

    @Override
    public void close() {
      end.close();
    }
  }

  /** The tape of this thread's training scope, or null. */
  static Tape current() {
    return CURRENT.get();
  }

  /** Has this thread record on {@code tape}, or not at all with null. */
  static void use(Tape tape) {
    CURRENT.set(tape);
  }

  /** The tape that has to record what is computed from {@code inputs}, if one has. */
  static Optional<Tape> recording(NDArray... inputs) {
    Tape tape = CURRENT.get();
    if (tape == null || !Torch.isOnCpu(inputs[0].getManager()) || !JniUtils.isGradMode()) {
      return Optional.empty();
    }
    boolean areF32 = true;
    boolean haveGradient = false;
    for (NDArray input : inputs) {
      areF32 &= input.getDataType() == DataType.FLOAT32;
      haveGradient |= tape.byResult.containsKey(input) || Ops.hasGradient(input);
    }
    return areF32 && haveGradient ? Optional.of(tape) : Optional.empty();
  }

  /**
   * Calls {@code method}, whose backward pass is {@code method_gradient}.
   *
   * @param inputs all that a gradient may go to
   * @param constants what both are given besides; dropout masks are drawn for each of them
   * @return its first result
   */
  NDArray record(OpPack ops, String method, NDArray[] inputs, Object... constants) {
    NDArray[] results = ops.tensors(inputs[0].getManager(), method, with(inputs, constants));
    List<NDArray> saved = List.of(results).subList(1, results.length);
    saved.forEach(NDScope::unregister);
    List<Edge> edges = new ArrayList<>();
    for (NDArray input : inputs) {
      edges.add(edge(input));
    }
    return begin(results[0], edges, new Backward(ops, method, saved, constants));
  }

  /** The same values in a graph of their own, which x does not go on into. */
  NDArray cut(NDArray x) {
    return byResult.containsKey(x) ? x : begin(x, List.of(edge(x)), null);
  }

  private Edge edge(NDArray input) {
    Node node = byResult.get(input);
    if (node != null || !Ops.hasGradient(input)) {
      return node;
    }
    NDArray upper = OpPack.taped().tensor(input.getManager(), "upper_end", input);
    NDScope.unregister(upper);
    return new Upper(upper);
  }

  private NDArray begin(NDArray y, List<Edge> inputs, Backward backward) {
    NDArray[] lower = OpPack.taped().tensors(y.getManager(), "lower_end", y);
    NDScope.unregister(lower[0]);
    Node node = new Node(lower[0], lower[1], inputs, backward);
    nodes.add(node);
    byResult.put(node.result, node);
    return node.result;
  }

  private static Object[] with(Object[] first, Object... more) {
    Object[] all = Arrays.copyOf(first, first.length + more.length, Object[].class);
    System.arraycopy(more, 0, all, first.length, more.length);
    return all;
  }

  int size() {
    return nodes.size();
  }

  /** Carries the gradient through all operations but the first {@code kept}. */
  void backward(int kept) {
    while (nodes.size() > kept) {
      removeLast().passOn();
    }
  }

  /** Drops all operations but the first {@code kept}. */
  void forget(int kept) {
    while (nodes.size() > kept) {
      removeLast().closeAll();
    }
  }

  private Node removeLast() {
    Node last = nodes.remove(nodes.size() - 1);
    byResult.remove(last.result);
    return last;
  }

  /** Goes through autograd's own graph. */
  static void backward(NDArray array, NDArray gradient) {
    JniUtils.backward((PtNDArray) array, (PtNDArray) gradient, false, false);
  }
}
