package io.github.tlora.nn;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.tlora.tensor.Dtype;
import io.github.tlora.tensor.Init;
import io.github.tlora.tensor.Seeds;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Every parameter of a model by its Hugging Face name, in the order of declaration.
 *
 * <p>A model is built in four phases: declare (names and shapes only, no weights), load the base,
 * draw what is new, train by role.
 */
public final class ParamTable {
  private static final int NO_LAYER = -1;

  private final Map<String, Param> params = new LinkedHashMap<>();
  private int layer = NO_LAYER;

  /** What {@code declares} declares belongs to encoder layer {@code number}, from 0. */
  public void inLayer(int number, Runnable declares) {
    layer = number;
    declares.run();
    layer = NO_LAYER;
  }

  /** Adds a parameter without values. */
  public Param declare(String name, Role role, Init init, long... shape) {
    Param param = new Param(name, role, new Shape(shape), init, layer);
    if (params.putIfAbsent(name, param) != null) {
      throw new IllegalStateException("declared twice: " + name);
    }
    return param;
  }

  /**
   * Declares a matrix that several sites use, each as much of its first rows and columns as it
   * needs: the largest of their shapes counts.
   *
   * @param init first values of the matrix, by its final shape
   */
  public Param declareShared(String name, Role role, Function<Shape, Init> init, long... shape) {
    Param known = params.get(name);
    if (known == null) {
      return declare(name, role, init.apply(new Shape(shape)), shape);
    }
    known.growTo(new Shape(shape), init);
    return known;
  }

  /** The parameter called {@code name}, or null. */
  public Param get(String name) {
    return params.get(name);
  }

  public Collection<Param> all() {
    return params.values();
  }

  /** The parameters that play one of {@code roles}. */
  public List<Param> of(Role... roles) {
    Set<Role> wanted = Set.of(roles);
    return params.values().stream().filter(p -> wanted.contains(p.role())).toList();
  }

  /** The parameters that the optimizer changes. */
  public List<Param> trained() {
    return params.values().stream().filter(Param::isTrained).toList();
  }

  /** Number of elements in one role. */
  public long count(Role role) {
    return of(role).stream().mapToLong(Param::size).sum();
  }

  /** Number of elements that pass {@code test}. */
  public long count(Predicate<Param> test) {
    return params.values().stream().filter(test).mapToLong(Param::size).sum();
  }

  /** Draws first values for every parameter of {@code roles} that has none yet. */
  public void draw(NDManager manager, Seeds seeds, Role... roles) {
    for (Param param : of(roles)) {
      if (!param.hasValues()) {
        param.draw(manager, seeds);
      }
    }
  }

  /** Keeps the parameters that pass {@code test}, which have no values yet, as {@code dtype}. */
  public void keep(Dtype dtype, Predicate<Param> test) {
    params.values().stream().filter(test).forEach(param -> param.keepAs(dtype));
  }

  /** Marks as trained exactly the parameters that pass {@code test}. */
  public void train(Predicate<Param> test) {
    params.values().forEach(param -> param.setTrained(test.test(param)));
  }
}
