"""What bench/fleet is made of."""
