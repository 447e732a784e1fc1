"""Services that show runs while they go on, and side by side: TensorBoard, MLflow, Weights & Biases."""
