package io.github.tlora.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Operations with a backward pass of their own have autograd's values and gradients. */
class TapeTest {
  private static final int HEADS = 2;
  private static final double P = 0.3;

  private static NDManager manager;

  @BeforeAll
  static void open() {
    manager = Torch.newManager("cpu");
  }

  @AfterAll
  static void close() {
    manager.close();
  }

  private static OpCheck leaves(long[]... shapes) {
    return new OpCheck(manager).leaves(shapes);
  }

  private static long[] of(long... shape) {
    return shape;
  }

  private static NDArray mask(NDManager step) {
    return Ops.additiveMask(
        step.create(new long[] {1, 1, 1, 1, 1, 1, 1, 1, 1, 0}, new Shape(2, 5)));
  }

  /** The mask that the operation under test draws first after the same seed. */
  private static NDArray drawn(int groups, Shape shape, NDManager step) {
    Torch.seed(5);
    return DropoutMask.next(groups, shape, P).draw(step).get(0);
  }

  @Test
  void attention_draws_the_mask_of_its_forward_pass_again() {
    leaves(of(2, 3, 8), of(2, 5, 8), of(2, 5, 8))
        .agree(
            (step, in) -> {
              Torch.seed(5);
              return Ops.attention(in[0], in[1], in[2], mask(step), HEADS, P);
            },
            (step, in) ->
                OpPack.get()
                    .tensor(
                        step,
                        "attention_with_drop",
                        in[0],
                        in[1],
                        in[2],
                        mask(step),
                        HEADS,
                        drawn(1, new Shape(4, 3, 16), step)));
  }

  @Test
  void disentangled_attention_draws_the_mask_of_its_forward_pass_again() {
    leaves(of(2, 3, 8), of(2, 5, 8), of(2, 5, 8), of(31, 8), of(31, 8))
        .agree(
            (step, in) -> {
              Torch.seed(5);
              return Ops.disentangledAttention(
                  in[0], in[1], in[2], in[3], in[4], mask(step), HEADS, P);
            },
            (step, in) ->
                OpPack.get()
                    .tensor(
                        step,
                        "disentangled_attention",
                        in[0],
                        in[1],
                        in[2],
                        in[3],
                        in[4],
                        true,
                        true,
                        mask(step),
                        HEADS,
                        drawn(HEADS, new Shape(4, 3, 16), step),
                        true,
                        P));
  }

  @Test
  void a_norm_draws_the_mask_of_its_forward_pass_again() {
    float[] gain = {0.5f, -1, 2, 1.5f};
    float[] bias = {1, 0, -1, 0.5f};
    leaves(of(2, 3, 4), of(2, 3, 4))
        .agree(
            (step, in) -> {
              Torch.seed(5);
              return Ops.frozenResidualNorm(
                  in[0], in[1], step.create(gain), step.create(bias), 1e-3, P);
            },
            (step, in) -> {
              NDArray sum = in[1].add(in[0].mul(drawn(1, new Shape(2, 3, 4), step)));
              return Ops.layerNorm(sum, step.create(gain), step.create(bias), 1e-3);
            });
  }

  @Test
  void tlora_with_its_frozen_factors() {
    float[] a = {0.5f, -1, 2, 1.5f, 1, -0.5f, 0.25f, 3};
    float[] c = {1, -2, 0.5f, 1, 3, -1, 2, 0.25f, -0.5f, 1};
    leaves(of(2, 3, 4), of(2, 3, 5), of(2, 2), of(1))
        .agree(
            (step, in) -> {
              NDArray down = step.create(a, new Shape(4, 2));
              NDArray up = step.create(c, new Shape(2, 5));
              return Ops.tlora(in[0], in[1], down, in[2], up, in[3], 0);
            },
            (step, in) -> {
              NDArray down = step.create(a, new Shape(4, 2));
              NDArray up = step.create(c, new Shape(2, 5));
              return in[1].add(in[0].matMul(down).matMul(in[2]).matMul(up).mul(in[3]));
            });
  }

  @Test
  void a_frozen_product_passes_its_gradient_on() {
    float[] w = {1, -2, 0.5f, 1, 3, -1, 2, 0.25f, -0.5f, 1, 2, -1};
    float[] b = {0.5f, -1, 2};
    leaves(of(2, 3, 4))
        .agree(
            (step, in) -> Ops.frozenLinear(in[0], step.create(w, new Shape(3, 4)), step.create(b)),
            (step, in) ->
                in[0].matMul(step.create(w, new Shape(3, 4)).transpose()).add(step.create(b)));
  }

  /** Two readers on the tape and one of autograd's own: the gradient of all three arrives. */
  @Test
  void what_several_read_gathers_all_their_gradients() {
    leaves(of(3, 4))
        .agree(
            (step, in) -> {
              NDArray y = Ops.gelu(in[0], false);
              return Ops.gelu(y, true).add(Ops.gelu(y, false)).add(y.mul(y));
            },
            (step, in) -> {
              NDArray y = gelu(step, in[0], "none");
              return gelu(step, y, "tanh").add(gelu(step, y, "none")).add(y.mul(y));
            });
  }

  private static NDArray gelu(NDManager step, NDArray x, String form) {
    return OpPack.get().tensor(step, "gelu", x, form);
  }

  @Test
  void only_operations_that_a_gradient_goes_through_are_recorded() {
    try (Scope step = Scope.training(manager)) {
      NDArray x = step.manager().create(new float[] {1, -2, 3});
      Ops.gelu(x, false);
      assertThat(step.cuts()).isZero();
      x.setRequiresGradient(true);
      NDArray y = Ops.gelu(x, false);
      assertThat(step.cuts()).isEqualTo(1);
      assertThat(Scope.cut(y)).isSameAs(y); // it begins a graph already
      step.backward(y.sum());
      assertThat(step.cuts()).isZero();
      List<NDArray> gradients = List.of(x.getGradient());
      assertThat(gradients.get(0).toFloatArray()[0]).isBetween(1.08f, 1.09f); // gelu'(1)
    }
  }
}
