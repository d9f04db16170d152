class Ops(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  def forward(self: __torch__.Ops, x: Tensor) -> Tensor:
    return x

  # ---- linear layers and the adapters' branches -------------------------------------------------

  def linear(self: __torch__.Ops, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    if torch.eq(w.dtype, x.dtype):
      y = torch.linear(x, w, b)
    else:
      y = torch.add(torch.to(torch.linear(torch.to(x, w.dtype), w), x.dtype), b)
    return y

  def linear_without_bias(self: __torch__.Ops, x: Tensor, w: Tensor) -> Tensor:
    if torch.eq(w.dtype, x.dtype):
      y = torch.linear(x, w)
    else:
      y = torch.to(torch.linear(torch.to(x, w.dtype), w), x.dtype)
    return y

  def lora(self: __torch__.Ops, x: Tensor, y: Tensor, a: Tensor, b: Tensor, scaling: float, p: float) -> Tensor:
    if torch.gt(p, 0.):
      x0 = torch.dropout(x, p, True)
    else:
      x0 = x
    return torch.add(y, torch.linear(torch.linear(x0, a), b), alpha=scaling)

  def lora_weight(self: __torch__.Ops, w: Tensor, a: Tensor, b: Tensor, scaling: float) -> Tensor:
    return torch.add(w, torch.matmul(b, a), alpha=scaling)

  def tlora(self: __torch__.Ops, x: Tensor, y: Tensor, a: Tensor, b: Tensor, c: Tensor, alpha: Tensor, p: float) -> Tensor:
    update = torch.matmul(torch.mul(torch.matmul(torch.matmul(x, a), b), alpha), c)
    if torch.gt(p, 0.):
      update0 = torch.dropout(update, p, True)
    else:
      update0 = update
    return torch.add(y, update0)

  def tlora_up(self: __torch__.Ops, b: Tensor, c: Tensor, alpha: Tensor) -> Tensor:
    return torch.t(torch.mul(torch.matmul(b, c), alpha))

  def scaled(self: __torch__.Ops, x: Tensor, factor: float) -> Tensor:
    return torch.mul(x, factor)

  def lora_xs(self: __torch__.Ops, x: Tensor, y: Tensor, a: Tensor, m: Tensor, b: Tensor, scaling: float, p: float) -> Tensor:
    if torch.gt(p, 0.):
      x0 = torch.dropout(x, p, True)
    else:
      x0 = x
    return torch.add(y, torch.linear(torch.linear(torch.linear(x0, a), m), b), alpha=scaling)

  def vera(self: __torch__.Ops, x: Tensor, y: Tensor, a: Tensor, b: Tensor, d: Tensor, e: Tensor, p: float) -> Tensor:
    if torch.gt(p, 0.):
      x0 = torch.dropout(x, p, True)
    else:
      x0 = x
    a0 = torch.slice(a, 1, 0, torch.size(x, -1))
    b0 = torch.slice(b, 0, 0, torch.size(y, -1))
    narrow = torch.mul(torch.linear(x0, a0), d)
    return torch.add(y, torch.mul(torch.linear(narrow, b0), e))

  def vera_up(self: __torch__.Ops, b: Tensor, d: Tensor, e: Tensor) -> Tensor:
    b0 = torch.slice(b, 0, 0, torch.size(e, 0))
    return torch.mul(torch.mul(b0, d), torch.unsqueeze(e, 1))

  def first_columns(self: __torch__.Ops, a: Tensor, columns: int) -> Tensor:
    return torch.contiguous(torch.slice(a, 1, 0, columns))

  def dora_norms(self: __torch__.Ops, w: Tensor, a: Tensor, b: Tensor, scaling: float) -> Tensor:
    return torch.linalg_vector_norm(torch.add(torch.to(w, 6), torch.matmul(b, a), alpha=scaling), 2, [1], True)

  def row_norms(self: __torch__.Ops, w: Tensor) -> Tensor:
    return torch.linalg_vector_norm(torch.to(w, 6), 2, [1])

  def dora(self: __torch__.Ops, x: Tensor, y: Tensor, w: Tensor, bias: Tensor, has_bias: bool, a: Tensor, b: Tensor, m: Tensor, scaling: float, p: float) -> Tensor:
    w0 = torch.to(w, 6)
    sum = torch.detach(torch.add(w0, torch.matmul(b, a), alpha=scaling))
    scale = torch.div(m, torch.linalg_vector_norm(sum, 2, [1]))
    if torch.gt(p, 0.):
      x0 = torch.dropout(x, p, True)
      plain = torch.linear(x0, w0)
    elif has_bias:
      x0 = x
      plain = torch.sub(y, bias)
    else:
      x0 = x
      plain = y
    update = torch.mul(torch.mul(scale, torch.linear(torch.linear(x0, a), b)), scaling)
    return torch.add(torch.add(y, torch.mul(torch.sub(scale, 1), plain)), update)

  def top_singular(self: __torch__.Ops, w: Tensor, rank: int) -> Tuple[Tensor, Tensor]:
    u, s, v = torch.linalg_svd(torch.to(w, 6), False)
    up = torch.slice(u, 1, 0, rank)
    at = torch.unsqueeze(torch.argmax(torch.abs(up), 0), 0)
    signs = torch.sign(torch.gather(up, 0, at))
    down = torch.mul(torch.slice(v, 0, 0, rank), torch.unsqueeze(torch.slice(s, 0, 0, rank), 1))
    return (torch.contiguous(torch.mul(down, torch.t(signs))), torch.contiguous(torch.mul(up, signs)))

  def insert_after_first(self: __torch__.Ops, x: Tensor, vectors: Tensor) -> Tensor:
    rows = torch.expand(torch.unsqueeze(vectors, 0), [torch.size(x, 0), -1, -1])
    return torch.cat([torch.slice(x, 1, 0, 1), rows, torch.slice(x, 1, 1)], 1)

  def replace_after_first(self: __torch__.Ops, x: Tensor, vectors: Tensor) -> Tensor:
    rows = torch.expand(torch.unsqueeze(vectors, 0), [torch.size(x, 0), -1, -1])
    rest = torch.slice(x, 1, torch.add(1, torch.size(vectors, 0)))
    return torch.cat([torch.slice(x, 1, 0, 1), rows, rest], 1)

  def remove_after_first(self: __torch__.Ops, x: Tensor, length: int) -> Tensor:
    return torch.cat([torch.slice(x, 1, 0, 1), torch.slice(x, 1, torch.add(1, length))], 1)

  def extend_mask(self: __torch__.Ops, mask: Tensor, length: int) -> Tensor:
    ones = torch.ones([torch.size(mask, 0), length], dtype=4, device=mask.device)
    return torch.cat([torch.slice(mask, 1, 0, 1), ones, torch.slice(mask, 1, 1)], 1)

  def copy_into(self: __torch__.Ops, target: Tensor, values: Tensor) -> int:
    _0 = torch.copy_(target, values)
    return 0

  # ---- weights kept in half precision: dtypes 5 F16, 6 F32, 15 BF16 ------------------------------

  def cast(self: __torch__.Ops, w: Tensor, dtype: int) -> Tensor:
    return torch.to(w, dtype, False, True)

  def empty(self: __torch__.Ops, size: int, like: Tensor, dtype: int) -> Tensor:
    return torch.empty([size], dtype=dtype, device=like.device)

  def put(self: __torch__.Ops, flat: Tensor, first: int, block: Tensor) -> int:
    _0 = torch.copy_(torch.slice(flat, 0, first, torch.add(first, torch.size(block, 0))), block)
    return 0

  # ---- encoder ----------------------------------------------------------------------------------

  def embedding(self: __torch__.Ops, w: Tensor, ids: Tensor) -> Tensor:
    return torch.to(torch.embedding(w, ids), 6)

  def rows(self: __torch__.Ops, table: Tensor) -> Tensor:
    return torch.to(torch.slice(table, 0, 0), 6)

  def middle_rows(self: __torch__.Ops, table: Tensor, first: int, count: int) -> Tensor:
    return torch.slice(table, 0, first, torch.add(first, count))

  def stack_rows(self: __torch__.Ops, parts: List[Tensor]) -> Tensor:
    return torch.cat(parts, 0)

  def positions(self: __torch__.Ops, ids: Tensor) -> Tensor:
    return torch.unsqueeze(torch.arange(torch.size(ids, 1), dtype=4, device=ids.device), 0)

  def positions_after_padding(self: __torch__.Ops, ids: Tensor, padding: int) -> Tensor:
    real = torch.to(torch.ne(ids, padding), 4)
    return torch.add(torch.mul(torch.cumsum(real, 1), real), padding)

  def layer_norm(self: __torch__.Ops, x: Tensor, g: Tensor, b: Tensor, eps: float) -> Tensor:
    return torch.layer_norm(x, [torch.size(x, -1)], g, b, eps)

  def residual_norm(self: __torch__.Ops, x: Tensor, residual: Tensor, g: Tensor, b: Tensor, eps: float, p: float) -> Tensor:
    if torch.gt(p, 0.):
      x0 = torch.dropout(x, p, True)
    else:
      x0 = x
    return torch.layer_norm(torch.add(x0, residual), [torch.size(x, -1)], g, b, eps)

  def dropout(self: __torch__.Ops, x: Tensor, p: float) -> Tensor:
    return torch.dropout(x, p, True)

  def gelu(self: __torch__.Ops, x: Tensor, approximate: str) -> Tensor:
    return torch.gelu(x, approximate=approximate)

  def relu(self: __torch__.Ops, x: Tensor) -> Tensor:
    return torch.relu(x)

  def silu(self: __torch__.Ops, x: Tensor) -> Tensor:
    return torch.silu(x)

  def additive_mask(self: __torch__.Ops, mask: Tensor) -> Tensor:
    m = torch.unsqueeze(torch.unsqueeze(mask, 1), 2)
    return torch.mul(torch.rsub(torch.to(m, 6), 1.), -3.4028234663852886e+38)

  def attention(self: __torch__.Ops, q: Tensor, k: Tensor, v: Tensor, mask: Tensor, heads: int, p: float) -> Tensor:
    n = torch.size(q, 0)
    s = torch.size(q, 1)
    w = torch.size(q, 2)
    d = torch.floordiv(w, heads)
    q0 = torch.transpose(torch.view(q, [n, s, heads, d]), 1, 2)
    k0 = torch.transpose(torch.view(k, [n, s, heads, d]), 1, 2)
    v0 = torch.transpose(torch.view(v, [n, s, heads, d]), 1, 2)
    if torch.gt(p, 0.):
      scores = torch.matmul(torch.div(q0, torch.sqrt(float(d))), torch.transpose(k0, -1, -2))
      probs = torch.dropout(torch.softmax(torch.add(scores, mask), -1), p, True)
      context = torch.matmul(probs, v0)
    else:
      context = torch.scaled_dot_product_attention(q0, k0, v0, torch.expand(mask, [n, 1, s, s]))
    return torch.reshape(torch.transpose(context, 1, 2), [n, s, w])

  # ---- DeBERTa: disentangled attention -----------------------------------------------------------

  def relative_positions(self: __torch__.Ops, like: Tensor, size: int, buckets: int, longest: int) -> Tensor:
    at = torch.arange(size, dtype=4, device=like.device)
    rel = torch.sub(torch.unsqueeze(at, 1), torch.unsqueeze(at, 0))
    if torch.__and__(torch.gt(buckets, 0), torch.gt(longest, 0)):
      mid = torch.floordiv(buckets, 2)
      near = torch.__and__(torch.lt(rel, mid), torch.gt(rel, torch.neg(mid)))
      distance = torch.where(near, torch.full_like(rel, torch.sub(mid, 1)), torch.abs(rel))
      far = torch.div(torch.log(torch.div(torch.to(distance, 6), mid)), torch.log(torch.full([], torch.div(float(torch.sub(longest, 1)), float(mid)), dtype=6, device=like.device)))
      steps = torch.add(torch.ceil(torch.mul(far, torch.sub(mid, 1))), mid)
      rel0 = torch.where(torch.le(distance, mid), rel, torch.to(torch.mul(steps, torch.sign(torch.to(rel, 6))), 4))
    else:
      rel0 = rel
    return rel0

  def disentangled_attention(self: __torch__.Ops, q: Tensor, k: Tensor, v: Tensor, pos_k: Tensor, pos_q: Tensor, c2p: bool, p2c: bool, rel: Tensor, mask: Tensor, heads: int, span: int, p: float) -> Tensor:
    n = torch.size(q, 0)
    s = torch.size(q, 1)
    w = torch.size(q, 2)
    d = torch.floordiv(w, heads)
    q0 = torch.transpose(torch.view(q, [n, s, heads, d]), 1, 2)
    k0 = torch.transpose(torch.view(k, [n, s, heads, d]), 1, 2)
    v0 = torch.transpose(torch.view(v, [n, s, heads, d]), 1, 2)
    factor = torch.add(torch.add(1, int(c2p)), int(p2c))
    scale = torch.sqrt(float(torch.mul(d, factor)))
    scores = torch.matmul(q0, torch.div(torch.transpose(k0, -1, -2), scale))
    last = torch.sub(torch.mul(span, 2), 1)
    if c2p:
      pos_k0 = torch.transpose(torch.view(pos_k, [torch.size(pos_k, 0), heads, d]), 0, 1)
      q1 = torch.reshape(torch.transpose(q0, 0, 1), [heads, torch.mul(n, s), d])
      by_key = torch.transpose(torch.view(torch.bmm(q1, torch.transpose(pos_k0, 1, 2)), [heads, n, s, -1]), 0, 1)
      at = torch.expand(torch.clamp(torch.add(rel, span), 0, last), [n, heads, s, s])
      scores0 = torch.add(scores, torch.div(torch.gather(by_key, -1, at), scale))
    else:
      scores0 = scores
    if p2c:
      pos_q0 = torch.transpose(torch.view(pos_q, [torch.size(pos_q, 0), heads, d]), 0, 1)
      k1 = torch.reshape(torch.transpose(k0, 0, 1), [heads, torch.mul(n, s), d])
      by_query = torch.transpose(torch.view(torch.bmm(k1, torch.transpose(pos_q0, 1, 2)), [heads, n, s, -1]), 0, 1)
      at0 = torch.expand(torch.clamp(torch.add(torch.neg(rel), span), 0, last), [n, heads, s, s])
      scores1 = torch.add(scores0, torch.div(torch.transpose(torch.gather(by_query, -1, at0), -1, -2), scale))
    else:
      scores1 = scores0
    probs = torch.softmax(torch.add(scores1, mask), -1)
    if torch.gt(p, 0.):
      probs0 = torch.dropout(probs, p, True)
    else:
      probs0 = probs
    return torch.reshape(torch.transpose(torch.matmul(probs0, v0), 1, 2), [n, s, w])

  def split_heads_qkv(self: __torch__.Ops, qkv: Tensor, heads: int, q_bias: Tensor, v_bias: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
    n = torch.size(qkv, 0)
    s = torch.size(qkv, 1)
    w = torch.floordiv(torch.size(qkv, 2), 3)
    d = torch.floordiv(w, heads)
    parts = torch.view(qkv, [n, s, heads, 3, d])
    q = torch.add(torch.reshape(torch.select(parts, 3, 0), [n, s, w]), q_bias)
    k = torch.reshape(torch.select(parts, 3, 1), [n, s, w])
    v = torch.add(torch.reshape(torch.select(parts, 3, 2), [n, s, w]), v_bias)
    return (q, k, v)

  def convolution(self: __torch__.Ops, x: Tensor, w: Tensor, b: Tensor, padding: int, groups: int) -> Tensor:
    return torch.contiguous(torch.transpose(torch.conv1d(torch.transpose(x, 1, 2), torch.to(w, x.dtype), b, [1], [padding], [1], groups), 1, 2))

  def masked(self: __torch__.Ops, x: Tensor, mask: Tensor) -> Tensor:
    return torch.mul(x, torch.to(torch.unsqueeze(mask, -1), 6))

  # ---- head and loss ----------------------------------------------------------------------------

  def first_token(self: __torch__.Ops, h: Tensor) -> Tensor:
    return torch.select(h, 1, 0)

  def mean_pool(self: __torch__.Ops, h: Tensor, mask: Tensor) -> Tensor:
    m = torch.to(torch.unsqueeze(mask, -1), 6)
    return torch.div(torch.sum(torch.mul(h, m), [1]), torch.clamp(torch.sum(m, [1]), 1e-09))

  def tanh(self: __torch__.Ops, x: Tensor) -> Tensor:
    return torch.tanh(x)

  def cross_entropy(self: __torch__.Ops, logits: Tensor, labels: Tensor, weights: Tensor, weighted: bool, smoothing: float, scale: float) -> Tensor:
    if weighted:
      loss = torch.cross_entropy_loss(logits, labels, weights, 1, -100, smoothing)
    else:
      loss = torch.cross_entropy_loss(logits, labels, None, 1, -100, smoothing)
    return torch.mul(loss, scale)

  def mean_squared_error(self: __torch__.Ops, logits: Tensor, labels: Tensor, scale: float) -> Tensor:
    return torch.mul(torch.mse_loss(torch.squeeze(logits, -1), labels), scale)

  # ---- optimizer --------------------------------------------------------------------------------

  def grad_norm(self: __torch__.Ops, params: List[Tensor]) -> float:
    total = 0.
    for i in range(torch.len(params)):
      g = params[i].grad
      if torch.__isnot__(g, None):
        g0 = unchecked_cast(Tensor, g)
        total = torch.add(total, float(torch.sum(torch.mul(torch.to(g0, 7), torch.to(g0, 7)))))
      else:
        pass
    return torch.sqrt(total)

  def adamw(self: __torch__.Ops, params: List[Tensor], avgs: List[Tensor], squares: List[Tensor], rates: List[float], decays: List[float], grad_scale: float, beta1: float, beta2: float, eps: float, step: int) -> int:
    correction1 = torch.sub(1., torch.pow(beta1, step))
    correction2 = torch.pow(torch.sub(1., torch.pow(beta2, step)), 0.5)
    stepped = 0
    for i in range(torch.len(params)):
      w = params[i]
      g = w.grad
      if torch.__isnot__(g, None):
        g0 = unchecked_cast(Tensor, g)
        if torch.ne(grad_scale, 1.):
          _0 = torch.mul_(g0, grad_scale)
        else:
          pass
        _1 = torch.mul_(w, torch.sub(1., torch.mul(rates[i], decays[i])))
        avg = torch.lerp_(avgs[i], g0, torch.sub(1., beta1))
        square = torch.addcmul_(torch.mul_(squares[i], beta2), g0, g0, value=torch.sub(1., beta2))
        denominator = torch.add_(torch.div(torch.sqrt(square), correction2), eps)
        _2 = torch.addcdiv_(w, avg, denominator, value=torch.neg(torch.div(rates[i], correction1)))
        _3 = torch.zero_(g0)
        stepped = torch.add(stepped, 1)
      else:
        pass
    return stepped

  # ---- comparison -------------------------------------------------------------------------------

  def max_abs_difference(self: __torch__.Ops, a: Tensor, b: Tensor) -> float:
    return float(torch.max(torch.abs(torch.sub(a, b))))
