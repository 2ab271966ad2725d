//! The CUDA libraries that libtorch loads at run time: 2 GB, only for machines with an NVIDIA GPU. The list is that
//! of the torch 2.11.0 wheel (its Requires-Dist, cuda-toolkit 13.0.2).

use std::path::Path;

use super::libtorch::{TORCH, folder, is_yours};
use super::wheel::{Wheel, ensure_unpacked};
use super::{Cuda, cache_folder};
use crate::shell::{Failed, works};

/// The CUDA libraries of the torch wheel itself.
const TORCH_CUDA: &[&str] = &[
    "torch/lib/libc10_cuda.so",
    "torch/lib/libcaffe2_nvrtc.so",
    "torch/lib/libtorch_cuda.so",
    "torch/lib/libtorch_cuda_linalg.so",
    "torch/lib/libtorch_nvshmem.so",
];

#[rustfmt::skip] // a table
const CUDA_WHEELS: &[Wheel] = &[
    Wheel { project: "nvidia-cublas", file: "nvidia_cublas-13.1.0.3-py3-none-manylinux_2_27_x86_64.whl", size: 423_133_236, sha256: "ee8722c1f0145ab246bccb9e452153b5e0515fd094c3678df50b2a0888b8b171" },
    Wheel { project: "nvidia-cuda-nvrtc", file: "nvidia_cuda_nvrtc-13.0.88-py3-none-manylinux2010_x86_64.manylinux_2_12_x86_64.whl", size: 90_215_200, sha256: "ad9b6d2ead2435f11cbb6868809d2adeeee302e9bb94bcf0539c7a40d80e8575" },
    Wheel { project: "nvidia-cudnn-cu13", file: "nvidia_cudnn_cu13-9.19.0.56-py3-none-manylinux_2_27_x86_64.whl", size: 366_066_321, sha256: "d20e1734305e9d68889a96e3f35094d733ff1f83932ebe462753973e53a572bf" },
    Wheel { project: "nvidia-cufft", file: "nvidia_cufft-12.0.0.61-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl", size: 214_085_489, sha256: "6c44f692dce8fd5ffd3e3df134b6cdb9c2f72d99cf40b62c32dde45eea9ddad3" },
    Wheel { project: "nvidia-cufile", file: "nvidia_cufile-1.15.1.6-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl", size: 1_223_672, sha256: "08a3ecefae5a01c7f5117351c64f17c7c62efa5fffdbe24fc7d298da19cd0b44" },
    Wheel { project: "nvidia-curand", file: "nvidia_curand-10.4.0.35-py3-none-manylinux_2_27_x86_64.whl", size: 59_544_258, sha256: "1aee33a5da6e1db083fe2b90082def8915f30f3248d5896bcec36a579d941bfc" },
    Wheel { project: "nvidia-cusolver", file: "nvidia_cusolver-12.0.4.66-py3-none-manylinux_2_27_x86_64.whl", size: 200_941_980, sha256: "0a759da5dea5c0ea10fd307de75cdeb59e7ea4fcb8add0924859b944babf1112" },
    Wheel { project: "nvidia-cusparse", file: "nvidia_cusparse-12.6.3.3-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl", size: 145_942_937, sha256: "2b3c89c88d01ee0e477cb7f82ef60a11a4bcd57b6b87c33f789350b59759360b" },
    Wheel { project: "nvidia-cusparselt-cu13", file: "nvidia_cusparselt_cu13-0.8.0-py3-none-manylinux2014_x86_64.whl", size: 169_884_119, sha256: "25e30a8a7323935d4ad0340b95a0b69926eee755767e8e0b1cf8dd85b197d3fd" },
    Wheel { project: "nvidia-nccl-cu13", file: "nvidia_nccl_cu13-2.28.9-py3-none-manylinux_2_18_x86_64.whl", size: 196_493_177, sha256: "e4553a30f34195f3fa1da02a6da3d6337d28f2003943aa0a3d247bbc25fefc42" },
    Wheel { project: "nvidia-nvjitlink", file: "nvidia_nvjitlink-13.0.88-py3-none-manylinux2010_x86_64.manylinux_2_12_x86_64.whl", size: 40_713_933, sha256: "13a74f429e23b921c1109976abefacc69835f2f433ebd323d3946e11d804e47b" },
    Wheel { project: "nvidia-nvshmem-cu13", file: "nvidia_nvshmem_cu13-3.4.5-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl", size: 60_412_546, sha256: "290f0a2ee94c9f3687a02502f3b9299a9f9fe826e6d0287ee18482e78d495b80" },
    Wheel { project: "nvidia-nvtx", file: "nvidia_nvtx-13.0.85-py3-none-manylinux1_x86_64.manylinux_2_5_x86_64.whl", size: 148_047, sha256: "4936d1d6780fbe68db454f5e72a42ff64d1fd6397df9f363ae786930fd5c1cd4" },
];

pub fn ensure(choice: Cuda) -> Result<String, Failed> {
    let because = match choice {
        Cuda::Never => return Ok("skipped (--no-cuda)".into()),
        Cuda::IfGpuSeen if !nvidia_gpu_seen() => {
            return Ok("not needed: no NVIDIA GPU found (--cuda installs it anyway)".into());
        }
        Cuda::IfGpuSeen => "for the NVIDIA GPU of this machine",
        Cuda::Always => "because of --cuda",
    };
    if is_yours() {
        return Ok("part of the libtorch that LIBTORCH points to".into());
    }
    let (cache, into) = (cache_folder()?, folder()?);
    let mut fresh = ensure_unpacked(&TORCH, &cache, &into, TORCH_CUDA, "cuda")?;
    for wheel in CUDA_WHEELS {
        fresh |= ensure_unpacked(wheel, &cache, &into, &["nvidia/"], "all")?;
    }
    let done = if fresh {
        "CUDA 13.0 libraries installed"
    } else {
        "CUDA 13.0 libraries already installed"
    };
    Ok(format!("{done}, {because}"))
}

fn nvidia_gpu_seen() -> bool {
    Path::new("/dev/nvidiactl").exists()
        || Path::new("/proc/driver/nvidia/version").exists()
        || works("nvidia-smi", &["-L"])
}
