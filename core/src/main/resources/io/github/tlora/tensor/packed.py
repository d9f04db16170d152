class Ops(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  def forward(self: __torch__.Ops, x: Tensor) -> Tensor:
    return x

  # oneDNN lays a weight out for its products once; its operation has no gradient of its own.

  def pack(self: __torch__.Ops, w: Tensor) -> Tensor:
    return ops.mkldnn._reorder_linear_weight(torch.detach(w), 256)

  def pack_transposed(self: __torch__.Ops, w: Tensor) -> Tensor:
    return ops.mkldnn._reorder_linear_weight(torch.contiguous(torch.t(torch.detach(w))), 256)

  def unpack(self: __torch__.Ops, packed: Tensor) -> Tensor:
    return torch.to_dense(packed)

  def product(self: __torch__.Ops, x: Tensor, w: Tensor, transposed: List[Tensor], b: List[Tensor]) -> Tuple[Tensor]:
    if torch.gt(torch.len(b), 0):
      y = ops.mkldnn._linear_pointwise(torch.detach(x), w, b[0], "none", annotate(List[Optional[number]], []), "")
    else:
      y = ops.mkldnn._linear_pointwise(torch.detach(x), w, None, "none", annotate(List[Optional[number]], []), "")
    return (y,)

  def product_gradient(self: __torch__.Ops, g: Tensor, w: Tensor, transposed: List[Tensor], b: List[Tensor], needed: List[bool]) -> Tuple[Tensor]:
    return (ops.mkldnn._linear_pointwise(g, transposed[0], None, "none", annotate(List[Optional[number]], []), ""),)
