"""减免缓缴: what is waived, reduced or deferred of a notice after it was issued (R-M4)."""
