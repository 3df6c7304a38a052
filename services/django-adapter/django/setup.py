from setuptools import find_packages, setup

setup(
    name="member-sync-django",
    version="1.0.0",
    description="The Django side of a two-way member sync: transactional outbox, apply with compare-and-set.",
    packages=find_packages(include=["member_sync", "member_sync.*"]),
    python_requires=">=3.6",
    install_requires=["Django>=2.2"],
)
