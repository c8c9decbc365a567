/** The product's mark: a blue cloud. Decorative; the name stands beside it. */
export function Logo({ size = 20 }: { size?: number }) {
  return <img src="/logo.svg" width={size} height={size} alt="" draggable={false} />;
}
