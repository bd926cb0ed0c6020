// The sky behind everything: a quad at the far plane with a direction for each corner.
in vec4 p3d_Vertex;
uniform mat4 p3d_ProjectionMatrixInverse, p3d_ViewMatrixInverse;
out vec3 direction;

void main() {
    gl_Position = vec4(p3d_Vertex.xz, 1.0, 1.0);
    vec4 far = p3d_ProjectionMatrixInverse * vec4(p3d_Vertex.xz, 1.0, 1.0);
    direction = mat3(p3d_ViewMatrixInverse) * (far.xyz / far.w);
}
