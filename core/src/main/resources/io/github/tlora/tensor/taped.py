class Ops(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  def forward(self: __torch__.Ops, x: Tensor) -> Tensor:
    return x

  # ---- a tape's cuts through autograd's graph -----------------------------------------------------
  # Each end is a view of its own without memory behind it: what it stands for keeps the values, and
  # lives as long as others need them.

  def hollow(self: __torch__.Ops, end: Tensor) -> Tensor:
    nothing = torch.empty([1], dtype=end.dtype, device=end.device)
    torch.set_data(end, torch.expand(nothing, torch.size(end)))
    return end

  def upper_end(self: __torch__.Ops, x: Tensor) -> Tensor:
    return (self).hollow(torch.alias(x), )

  def lower_end(self: __torch__.Ops, x: Tensor) -> Tuple[Tensor, Tensor]:
    end = torch.requires_grad_(torch.detach(x))
    values = torch.alias(end)
    return ((self).hollow(end, ), values)

  def holds_gradient(self: __torch__.Ops, x: Tensor) -> int:
    return int(torch.__isnot__(x.grad, None))

  def add_to(self: __torch__.Ops, sum: Tensor, more: Tensor) -> int:
    _0 = torch.add_(sum, more)
    return 0

  # ---- operations with a backward pass of their own ----------------------------------------------
  # X gives its result and what X_gradient takes besides the result's gradient. X_gradient gives the
  # gradients of the inputs that need one, and of the others anything.

  def linear(self: __torch__.Ops, x: Tensor, w: Tensor, b: List[Tensor]) -> Tuple[Tensor]:
    if torch.gt(torch.len(b), 0):
      y = torch.linear(torch.detach(x), w, b[0])
    else:
      y = torch.linear(torch.detach(x), w)
    return (y,)

  def linear_gradient(self: __torch__.Ops, g: Tensor, w: Tensor, b: List[Tensor], needed: List[bool]) -> Tuple[Tensor]:
    return (torch.matmul(g, w),)

  def gelu(self: __torch__.Ops, x: Tensor, approximate: str) -> Tuple[Tensor, Tensor]:
    x0 = torch.detach(x)
    return (torch.gelu(x0, approximate=approximate), x0)

  def gelu_gradient(self: __torch__.Ops, g: Tensor, x: Tensor, approximate: str, needed: List[bool]) -> Tuple[Tensor]:
    return (torch.gelu_backward(g, x, approximate=approximate),)

  def residual_norm(self: __torch__.Ops, x: Tensor, residual: Tensor, gain: Tensor, bias: Tensor, eps: float, drop: List[Tensor]) -> Tuple[Tensor, Tensor, Tensor, Tensor]:
    if torch.gt(torch.len(drop), 0):
      z = torch.addcmul(torch.detach(residual), torch.detach(x), drop[0])
    else:
      z = torch.add(torch.detach(residual), torch.detach(x))
    y, mean, rstd = torch.native_layer_norm(z, [torch.size(z, -1)], gain, bias, eps)
    return (y, z, mean, rstd)

  def residual_norm_gradient(self: __torch__.Ops, g: Tensor, z: Tensor, mean: Tensor, rstd: Tensor, gain: Tensor, bias: Tensor, eps: float, drop: List[Tensor], needed: List[bool]) -> Tuple[Tensor, Tensor]:
    to_sum, _0, _1 = torch.native_layer_norm_backward(g, z, [torch.size(z, -1)], mean, rstd, gain, bias, [True, False, False])
    if torch.gt(torch.len(drop), 0):
      to_x = torch.mul(to_sum, drop[0])
    else:
      to_x = torch.clone(to_sum)
    return (to_x, to_sum)

  # A thin product is several times as fast with its thin side first.

  def lora(self: __torch__.Ops, x: Tensor, y: Tensor, a: Tensor, b: Tensor, scaling: float) -> Tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    x0 = torch.reshape(torch.detach(x), [-1, torch.size(x, -1)])
    a0 = torch.detach(a)
    up = torch.contiguous(torch.t(torch.detach(b)))
    narrow = torch.mm(a0, torch.t(x0))
    flat = torch.reshape(torch.detach(y), [-1, torch.size(y, -1)])
    sum = torch.addmm(flat, torch.t(narrow), up, beta=1, alpha=scaling)
    return (torch.view(sum, torch.size(y)), x0, narrow, a0, up)

  def lora_gradient(self: __torch__.Ops, g: Tensor, x: Tensor, narrow: Tensor, a: Tensor, up: Tensor, scaling: float, needed: List[bool]) -> Tuple[Tensor, Tensor, Tensor, Tensor]:
    g0 = torch.reshape(g, [-1, torch.size(g, -1)])
    to_narrow = torch.mul_(torch.mm(up, torch.t(g0)), scaling)
    if needed[0]:
      to_x = torch.view(torch.mm(torch.t(to_narrow), a), torch.add(torch.slice(torch.size(g), 0, -1), [torch.size(a, 1)]))
    else:
      to_x = g
    to_up = torch.mul_(torch.mm(narrow, g0), scaling)
    return (to_x, g, torch.mm(to_narrow, x), torch.t(to_up))

  def tlora(self: __torch__.Ops, x: Tensor, y: Tensor, b: Tensor, alpha: Tensor, a: Tensor, c: Tensor) -> Tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    x0 = torch.reshape(torch.detach(x), [-1, torch.size(x, -1)])
    b0 = torch.detach(b)
    alpha0 = torch.detach(alpha)
    narrow = torch.mm(torch.contiguous(torch.t(a)), torch.t(x0))
    mixed = torch.mm(torch.t(b0), narrow)
    flat = torch.reshape(torch.detach(y), [-1, torch.size(y, -1)])
    sum = torch.addmm(flat, torch.t(torch.mul(mixed, alpha0)), c)
    return (torch.view(sum, torch.size(y)), narrow, mixed, b0, alpha0)

  def tlora_gradient(self: __torch__.Ops, g: Tensor, narrow: Tensor, mixed: Tensor, b: Tensor, alpha: Tensor, a: Tensor, c: Tensor, needed: List[bool]) -> Tuple[Tensor, Tensor, Tensor, Tensor]:
    g0 = torch.reshape(g, [-1, torch.size(g, -1)])
    to_scaled = torch.mm(c, torch.t(g0))
    to_alpha = torch.reshape(torch.sum(torch.mul(to_scaled, mixed)), torch.size(alpha))
    to_mixed = torch.mul_(to_scaled, alpha)
    if needed[0]:
      down = torch.contiguous(torch.t(a))
      to_x = torch.view(torch.mm(torch.t(torch.mm(b, to_mixed)), down), torch.add(torch.slice(torch.size(g), 0, -1), [torch.size(a, 0)]))
    else:
      to_x = g
    return (to_x, g, torch.mm(narrow, torch.t(to_mixed)), to_alpha)

  # ---- attention: of all that is as large as its scores, only the probabilities are kept ----------

  def heads_of(self: __torch__.Ops, x: Tensor, heads: int, rows_first: bool, full: int) -> Tensor:
    n = torch.size(x, 0)
    d = torch.floordiv(torch.size(x, 2), heads)
    split = torch.view(x, [n, -1, heads, d])
    if rows_first:
      parts = torch.permute(split, [0, 2, 1, 3])
    else:
      parts = torch.permute(split, [2, 0, 1, 3])
    more = torch.sub(full, torch.size(x, 1))
    if torch.gt(more, 0):
      parts0 = torch.constant_pad_nd(parts, [0, 0, 0, more])
    else:
      parts0 = parts
    return torch.reshape(parts0, [torch.mul(n, heads), full, d])

  def joined(self: __torch__.Ops, x: Tensor, heads: int, rows_first: bool, size: int) -> Tensor:
    d = torch.size(x, 2)
    n = torch.floordiv(torch.size(x, 0), heads)
    real = torch.slice(x, 1, 0, size)
    if rows_first:
      split = torch.permute(torch.reshape(real, [n, heads, size, d]), [0, 2, 1, 3])
    else:
      split = torch.permute(torch.reshape(real, [heads, n, size, d]), [1, 2, 0, 3])
    return torch.reshape(split, [n, size, torch.mul(heads, d)])

  def scaled_product(self: __torch__.Ops, a: Tensor, b: Tensor, scale: float) -> Tensor:
    unread = torch.expand(torch.empty([1], dtype=a.dtype, device=a.device), [torch.size(a, 0), torch.size(a, 1), torch.size(b, 2)])
    return torch.baddbmm(unread, a, b, beta=0, alpha=scale)

  # From the scores on, in their place.
  def context_of(self: __torch__.Ops, scores: Tensor, v: Tensor, drop: List[Tensor]) -> Tensor:
    probs = torch._softmax(scores, -1, False, out=scores)
    if torch.gt(torch.len(drop), 0):
      context = torch.bmm(torch.mul(probs, drop[0]), v)
    else:
      context = torch.bmm(probs, v)
    return context

  # Gradients of the values and of the scores.
  def context_gradient(self: __torch__.Ops, g: Tensor, v: Tensor, probs: Tensor, drop: List[Tensor]) -> Tuple[Tensor, Tensor]:
    to_dropped = torch.bmm(g, torch.transpose(v, 1, 2))
    if torch.gt(torch.len(drop), 0):
      to_v = torch.bmm(torch.transpose(torch.mul(probs, drop[0]), 1, 2), g)
      to_probs = torch.mul_(to_dropped, drop[0])
    else:
      to_v = torch.bmm(torch.transpose(probs, 1, 2), g)
      to_probs = to_dropped
    return (to_v, torch._softmax_backward_data(to_probs, probs, -1, 6, grad_input=to_probs))

  def attention(self: __torch__.Ops, q: Tensor, k: Tensor, v: Tensor, mask: Tensor, heads: int, drop: List[Tensor], keys: int) -> Tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    n = torch.size(q, 0)
    s = torch.size(q, 1)
    b = torch.mul(n, heads)
    full = torch.size(mask, 3)
    q0 = (self).heads_of(torch.detach(q), heads, True, s, )
    k0 = (self).heads_of(torch.detach(k), heads, True, full, )
    v0 = (self).heads_of(torch.detach(v), heads, True, full, )
    each = torch.reshape(torch.expand(mask, [n, heads, 1, full]), [b, 1, full])
    scale = torch.div(1., torch.sqrt(float(torch.size(q0, 2))))
    probs = torch.baddbmm(torch.expand(each, [b, s, full]), q0, torch.transpose(k0, 1, 2), beta=1, alpha=scale)
    context = (self).context_of(probs, v0, drop, )
    return ((self).joined(context, heads, True, s, ), q0, k0, v0, probs)

  def attention_gradient(self: __torch__.Ops, g: Tensor, q: Tensor, k: Tensor, v: Tensor, probs: Tensor, mask: Tensor, heads: int, drop: List[Tensor], keys: int, needed: List[bool]) -> Tuple[Tensor, Tensor, Tensor]:
    s = torch.size(q, 1)
    g0 = (self).heads_of(g, heads, True, s, )
    to_v, to_scores = (self).context_gradient(g0, v, probs, drop, )
    scale = torch.div(1., torch.sqrt(float(torch.size(q, 2))))
    to_q = g
    if needed[0]:
      to_q = (self).joined((self).scaled_product(to_scores, k, scale, ), heads, True, s, )
    else:
      pass
    to_k = g
    if needed[1]:
      to_k = (self).joined((self).scaled_product(torch.transpose(to_scores, 1, 2), q, scale, ), heads, True, keys, )
    else:
      pass
    return (to_q, to_k, (self).joined(to_v, heads, True, keys, ))

  # The product with the distance i-j stands in row i at column t-1+i-j, in the flipped table at
  # t-1-i+j: a view whose rows start one column further left each has it at (i, j).

  def by_distance(self: __torch__.Ops, table: Tensor, heads: int, flipped: bool) -> Tensor:
    wide = torch.size(table, 0)
    if flipped:
      ordered = torch.flip(torch.detach(table), [0])
    else:
      ordered = torch.detach(table)
    return torch.contiguous(torch.transpose(torch.view(ordered, [wide, heads, -1]), 0, 1))

  def to_keys(self: __torch__.Ops, products: Tensor, b: int, s: int, t: int) -> Tensor:
    wide = torch.size(products, 2)
    return torch.as_strided(products, [b, s, t], [torch.mul(s, wide), torch.sub(wide, 1), 1], torch.sub(t, 1))

  def to_queries(self: __torch__.Ops, products: Tensor, b: int, s: int, t: int) -> Tensor:
    wide = torch.size(products, 2)
    return torch.as_strided(products, [b, s, t], [torch.mul(t, wide), 1, torch.sub(wide, 1)], torch.sub(t, 1))

  def disentangled_attention(self: __torch__.Ops, q: Tensor, k: Tensor, v: Tensor, pos_k: Tensor, pos_q: Tensor, c2p: bool, p2c: bool, mask: Tensor, heads: int, drop: List[Tensor], keys: int) -> Tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    n = torch.size(q, 0)
    s = torch.size(q, 1)
    t = torch.size(mask, 3)
    b = torch.mul(heads, n)
    d = torch.floordiv(torch.size(q, 2), heads)
    scale = torch.sqrt(float(torch.mul(d, torch.add(torch.add(1, int(c2p)), int(p2c)))))
    q0 = (self).heads_of(torch.div(torch.detach(q), scale), heads, False, s, )
    k0 = (self).heads_of(torch.detach(k), heads, False, t, )
    v0 = (self).heads_of(torch.detach(v), heads, False, t, )
    each = torch.reshape(torch.expand(torch.view(mask, [1, n, 1, t]), [heads, n, 1, t]), [b, 1, t])
    probs = torch.baddbmm(torch.expand(each, [b, s, t]), q0, torch.transpose(k0, 1, 2))
    pos_k0 = q0
    if c2p:
      pos_k0 = (self).by_distance(pos_k, heads, True, )
      by_key = torch.bmm(torch.view(q0, [heads, -1, d]), torch.transpose(pos_k0, 1, 2))
      _0 = torch.add_(probs, (self).to_keys(by_key, b, s, t, ))
    else:
      pass
    pos_q0 = q0
    if p2c:
      pos_q0 = torch.div((self).by_distance(pos_q, heads, False, ), scale)
      by_query = torch.bmm(torch.view(k0, [heads, -1, d]), torch.transpose(pos_q0, 1, 2))
      _1 = torch.add_(probs, (self).to_queries(by_query, b, s, t, ))
    else:
      pass
    context = (self).context_of(probs, v0, drop, )
    return ((self).joined(context, heads, False, s, ), q0, k0, v0, pos_k0, pos_q0, probs)

  def disentangled_attention_gradient(self: __torch__.Ops, g: Tensor, q: Tensor, k: Tensor, v: Tensor, pos_k: Tensor, pos_q: Tensor, probs: Tensor, c2p: bool, p2c: bool, mask: Tensor, heads: int, drop: List[Tensor], keys: int, needed: List[bool]) -> Tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    b = torch.size(q, 0)
    s = torch.size(q, 1)
    t = torch.size(k, 1)
    d = torch.size(q, 2)
    wide = torch.sub(torch.mul(2, t), 1)
    n = torch.floordiv(b, heads)
    scale = torch.sqrt(float(torch.mul(d, torch.add(torch.add(1, int(c2p)), int(p2c)))))
    g0 = (self).heads_of(g, heads, False, s, )
    to_v, to_scores = (self).context_gradient(g0, v, probs, drop, )
    to_q = torch.bmm(to_scores, k)
    to_k = torch.bmm(torch.transpose(to_scores, 1, 2), q)
    to_pos_k = g
    if c2p:
      by_key = torch.zeros([heads, torch.mul(n, s), wide], dtype=6, device=g.device)
      _0 = torch.copy_((self).to_keys(by_key, b, s, t, ), to_scores)
      _1 = torch.baddbmm_(torch.view(to_q, [heads, -1, d]), by_key, pos_k)
      if needed[3]:
        flipped = torch.bmm(torch.transpose(by_key, 1, 2), torch.view(q, [heads, -1, d]))
        to_pos_k = torch.flip(torch.reshape(torch.transpose(flipped, 0, 1), [wide, -1]), [0])
      else:
        pass
    else:
      pass
    to_pos_q = g
    if p2c:
      by_query = torch.zeros([heads, torch.mul(n, t), wide], dtype=6, device=g.device)
      _2 = torch.copy_((self).to_queries(by_query, b, s, t, ), to_scores)
      _3 = torch.baddbmm_(torch.view(to_k, [heads, -1, d]), by_query, pos_q)
      if needed[4]:
        straight = torch.bmm(torch.transpose(by_query, 1, 2), torch.view(k, [heads, -1, d]))
        to_pos_q = torch.div(torch.reshape(torch.transpose(straight, 0, 1), [wide, -1]), scale)
      else:
        pass
    else:
      pass
    to_q0 = torch.div((self).joined(to_q, heads, False, s, ), scale)
    return (to_q0, (self).joined(to_k, heads, False, keys, ), (self).joined(to_v, heads, False, keys, ), to_pos_k, to_pos_q)
