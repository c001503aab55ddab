"""Gaussian diffusion, whatever the network: schedules, what is predicted, losses and samplers."""
